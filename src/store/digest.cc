#include "store/digest.h"

#include <algorithm>
#include <utility>

#include "model/ipynb_digest.h"

namespace wsfs {

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()),  // NOLINT
          bytes.size()};
}

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

bool ContentDigester::may_be_ipynb() const {
  return MayBeIpynb(start_) && taken_bytes_ <= kMaxDigestedIpynbBytes;
}

void ContentDigester::Update(std::span<const std::byte> bytes) {
  raw_.Update(bytes);
  std::string_view text = TextOf(bytes);
  taken_bytes_ += text.size();
  if (start_.size() < kHeaderLookBytes) {
    const std::size_t part =
        std::min(text.size(), kHeaderLookBytes - start_.size());
    start_ += text.substr(0, part);
    text.remove_prefix(part);
    if (start_.size() < kHeaderLookBytes) return;
  }
  UpdateSource(text);
}

void ContentDigester::UpdateSource(std::string_view bytes) {
  if (!decided_) {
    decided_ = true;
    header_bytes_ = HeaderLineBytes(start_);
    if (header_bytes_ != 0)
      source_.Update(std::string_view(start_).substr(header_bytes_));
  }
  if (header_bytes_ != 0) source_.Update(bytes);
}

Result<Content::Digest> ContentDigester::Finish(const Whole& whole) {
  UpdateSource("");
  const bool look = may_be_ipynb();
  Content::Digest digest;
  digest.raw = raw_.Finish();
  digest.source = header_bytes_ != 0 ? source_.Finish() : digest.raw;
  digest.cells = digest.raw;
  if (look) {
    WSFS_TRY(const std::string text, whole());
    if (const auto cells = CellsDigest(text)) {
      digest.jupyter = true;
      digest.cells = *cells;
    }
  }
  *this = ContentDigester();
  return digest;
}

Header HeaderOf(std::string_view bytes) {
  return DetectHeader(bytes.substr(0, kHeaderLookBytes));
}

Content::Digest DigestOfBytes(std::string_view bytes) {
  ContentDigester digester;
  digester.Update(BytesOf(bytes));
  return digester
      .Finish([&]() -> Result<std::string> { return std::string(bytes); })
      .value();
}

}  // namespace wsfs
