#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "testing/memory_workspace.h"

namespace wsfs {

void MemoryWorkspace::ImportOrDie(std::string_view path, WireFormat format,
                                  Language language, std::string_view bytes) {
  const auto writer = model_.NewContent();
  WSFS_CHECK(writer.ok());
  WSFS_CHECK((*writer)->Append(bytes).ok());
  ImportCall call;
  call.path = path;
  call.format = format;
  call.language = language;
  call.overwrite = true;
  const auto content = (*writer)->Finish();
  WSFS_CHECK(content.ok());
  call.content = *content;
  WSFS_CHECK(model_.Import(call).ok());
}

void MemoryWorkspace::PutFile(std::string_view path, std::string_view bytes) {
  // Others have found out what is taken here.
  const bool raw = model_.switches().Is(Switch::kRaw, "yes");
  ImportOrDie(path, raw ? WireFormat::kRaw : WireFormat::kAuto, Language::kNone,
              bytes);
}

void MemoryWorkspace::PutNotebook(std::string_view path, Language language,
                                  std::string_view source) {
  ImportOrDie(path, WireFormat::kSource, language, source);
}

void MemoryWorkspace::PutIpynb(std::string_view path, std::string_view json) {
  ImportOrDie(path, WireFormat::kJupyter, Language::kNone, json);
}

void MemoryWorkspace::MakeFolder(std::string_view path) {
  WSFS_CHECK(model_.Mkdirs(path).ok());
}

void MemoryWorkspace::Remove(std::string_view path) {
  WSFS_CHECK(model_.Delete(path, /*recursive=*/true).ok());
}

void MemoryWorkspace::Move(std::string_view from, std::string_view to) {
  WSFS_CHECK(model_.Rename(from, to).ok());
}

bool MemoryWorkspace::Has(std::string_view path) {
  return model_.Exists(path);
}

std::string MemoryWorkspace::Read(std::string_view path) {
  const auto out =
      model_.Export({std::string(path), WireFormat::kAuto, true, {}});
  WSFS_CHECK(out.ok());
  auto text = ReadAll(*out->content);
  WSFS_CHECK(text.ok());
  return *std::move(text);
}

ObjectId MemoryWorkspace::IdOf(std::string_view path) {
  const auto view = model_.GetStatus(path);
  WSFS_CHECK(view.ok());
  return view->id;
}

Result<std::size_t> StringSource::ReadAt(std::uint64_t offset,
                                         std::span<std::byte> into) {
  if (offset >= text_.size()) return std::size_t{0};
  const std::size_t length =
      std::min<std::size_t>(into.size(), text_.size() - offset);
  std::memcpy(into.data(), text_.data() + offset, length);
  return length;
}

Result<void> StringSink::Restart() {
  text_.clear();
  return {};
}

Result<void> StringSink::Take(std::span<const std::byte> bytes) {
  const std::size_t old = text_.size();
  text_.resize(old + bytes.size());
  if (!bytes.empty())
    std::memcpy(text_.data() + old, bytes.data(), bytes.size());
  return {};
}

}  // namespace wsfs
