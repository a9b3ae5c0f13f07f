#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/digest.h"
#include "store/store.h"
#include "testing/fault_fs.h"

namespace wsfs {

/// A store on a test disk with its catalogue, as the engine has them. For
/// tests only.
struct TestStore {
  static constexpr const char* kPlace = "/home/store";

  static Store::Options OptionsFor(HostFs& disk,
                                   const std::string& boot = "boot-1") {
    Store::Options options;
    options.directory = kPlace;
    options.host = &disk;
    options.boot_id = boot;
    options.background = false;
    return options;
  }

  static Result<TestStore> Open(const Store::Options& options) {
    TestStore opened;
    WSFS_TRY(opened.store, Store::Open(options));
    WSFS_RETURN_IF_ERROR(opened.store->Load(*opened.catalogue));
    return opened;
  }

  std::unique_ptr<Store> store;
  std::unique_ptr<Catalogue> catalogue = std::make_unique<Catalogue>();

  Contents& contents() const { return store->contents(); }

  /// Writes the open transaction, or rolls it back.
  Result<void> Write(Durability durability = Durability::kProcess) const {
    auto done =
        store->Write(*catalogue, catalogue->PendingChanges(), durability);
    done.ok() ? catalogue->Commit() : catalogue->Rollback();
    return done;
  }

  NodeId AddFile(std::string name) const {
    Node node;
    node.id = catalogue->NewId();
    node.parent = kRootNode;
    node.name = std::move(name);
    return catalogue->AddNode(std::move(node)).id;
  }

  Result<Content> SealNew(std::string_view bytes, bool sync = false) const {
    WSFS_TRY(const auto draft, contents().NewDraft());
    WSFS_RETURN_IF_ERROR(draft->WriteAt(0, BytesOf(bytes)));
    return contents().Seal(*draft, catalogue->NewId(), sync);
  }

  /// Puts a sealed content into its file's row, as a close does.
  Result<Content> Close(NodeId id, const Result<Content>& sealed,
                        Durability durability = Durability::kProcess) const {
    if (!sealed.ok()) return sealed;
    Node& node = catalogue->EditNode(id);
    ++node.gen;
    node.content = *sealed;
    const auto written = Write(durability);
    if (written.ok()) return sealed;
    contents().Unprepare(*sealed);
    return written.error();
  }

  /// One save of a file: the next generation with these bytes.
  Result<Content> Save(NodeId id, std::string_view bytes) const {
    return Close(id, SealNew(bytes));
  }

  Result<std::string> Read(const Content& content) const {
    WSFS_TRY(const auto body, contents().Open(content));
    std::string text(body->size_bytes(), '?');
    WSFS_TRY(const std::size_t got,
             body->ReadAt(0, std::as_writable_bytes(std::span(text))));
    text.resize(got);
    return text;
  }

  /// The bytes of a file, or in brackets why there are none.
  std::string ReadNode(std::string_view name) const {
    const Node* node = catalogue->Child(kRootNode, name);
    if (node == nullptr) return "(no file)";
    if (!node->content) return "(no content)";
    const auto text = Read(*node->content);
    return text.ok() ? *text : "(" + text.error().message() + ")";
  }
};

}  // namespace wsfs
