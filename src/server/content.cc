#include "server/content.h"

#include <algorithm>
#include <cstring>

namespace wsfs {
namespace {

class InMemoryContent final : public StoredContent {
 public:
  InMemoryContent(std::string bytes, const Hash& hash)
      : StoredContent(bytes.size(), hash, 0), bytes_(std::move(bytes)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) const override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::size_t length =
        std::min<std::size_t>(into.size(), bytes_.size() - offset);
    std::memcpy(into.data(), bytes_.data() + offset, length);
    return length;
  }

 private:
  std::string bytes_;
};

class InMemoryWriter final : public ContentWriter {
 public:
  Result<void> Append(std::span<const std::byte> bytes) override {
    // An empty span may have a null pointer.
    if (!bytes.empty()) {
      const std::size_t old = bytes_.size();
      bytes_.resize(old + bytes.size());
      std::memcpy(bytes_.data() + old, bytes.data(), bytes.size());
    }
    return {};
  }
  Result<ContentPtr> Finish() override {
    return MemoryContent(std::move(bytes_));
  }

 private:
  std::string bytes_;
};

class MemoryStore final : public ContentStore {
 public:
  Result<std::unique_ptr<ContentWriter>> Create() override {
    return std::make_unique<InMemoryWriter>();
  }
  Result<ContentPtr> Reopen(std::uint64_t, std::uint64_t,
                            const Hash&) override {
    return Error(Errc::kNotFound, "contents in memory do not outlive a run");
  }
  Result<void> RemoveStrangers() override { return {}; }
};

}  // namespace

ContentPtr MemoryContent(std::string bytes) {
  const Hash hash = HashOf(bytes);
  return std::make_shared<InMemoryContent>(std::move(bytes), hash);
}

Result<std::string> ReadAll(const StoredContent& content) {
  std::string text(content.size_bytes(), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    WSFS_TRY(
        const std::size_t got,
        content.ReadAt(
            filled, std::as_writable_bytes(std::span(text)).subspan(filled)));
    if (got == 0)
      return Error(Errc::kCorrupt, "a stored content is shorter than it was");
    filled += got;
  }
  return text;
}

std::unique_ptr<ContentStore> ContentStore::InMemory() {
  return std::make_unique<MemoryStore>();
}

}  // namespace wsfs
