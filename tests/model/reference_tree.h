#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace wsfs {

/// What a POSIX tree would hold: names, folders, and files that outlive their
/// names while somebody holds them. What the filesystem is compared with.
class ReferenceTree {
 public:
  struct File {
    std::string text;
  };
  using FilePointer = std::shared_ptr<File>;
  /// Null: a folder.
  using Entries = std::map<std::string, FilePointer>;

  bool Has(const std::string& path) const {
    return path.empty() || entries_.contains(path);
  }
  bool IsFolder(const std::string& path) const {
    return path.empty() || (Has(path) && entries_.at(path) == nullptr);
  }
  FilePointer FileAt(const std::string& path) const {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : found->second;
  }
  const Entries& entries() const { return entries_; }

  /// open(2) with O_CREAT: why it fails, or the file.
  std::optional<Errc> OpenToWrite(const std::string& path, FilePointer& file);
  std::optional<Errc> Save(const std::string& path, const std::string& text);
  std::optional<Errc> Truncate(const std::string& path, std::size_t size);
  std::optional<Errc> MakeDirectory(const std::string& path);
  std::optional<Errc> Unlink(const std::string& path);
  std::optional<Errc> RemoveDirectory(const std::string& path);
  std::optional<Errc> Rename(const std::string& from, const std::string& to);
  std::optional<Errc> RenameNoReplace(const std::string& from,
                                      const std::string& to);
  std::optional<Errc> Exchange(const std::string& one,
                               const std::string& other);

 private:
  static std::string Parent(const std::string& path);
  bool HasChildren(const std::string& path) const;
  /// Takes the entry and all below it out, with names from there on.
  Entries Take(const std::string& path);
  void Put(const std::string& path, Entries entries);

  Entries entries_;
};

}  // namespace wsfs
