#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "model/notebook_header.h"
#include "store/rows.h"

namespace wsfs {

/// Takes a content piece by piece and tells its header and, at the end, its
/// digest. Holds nothing but the first bytes. One thread at a time.
class ContentDigester {
 public:
  void Update(std::span<const std::byte> bytes);
  /// Of what has been taken so far.
  Header header() const { return DetectHeader(start_); }
  bool may_be_ipynb() const;

  /// The digest of all that was taken; `whole` gives the same bytes again for
  /// a content that may be an ipynb (not called for others, nor above
  /// kMaxDigestedIpynbBytes). The digester is empty afterwards.
  using Whole = std::function<Result<std::string>()>;
  Result<Content::Digest> Finish(const Whole& whole);

 private:
  void UpdateSource(std::string_view bytes);

  std::uint64_t taken_bytes_ = 0;
  std::string start_;  ///< The first kHeaderLookBytes.
  bool decided_ = false;
  std::size_t header_bytes_ = 0;
  Hasher raw_;
  Hasher source_;  ///< Used only when there is a header.
};

/// Header and digest of bytes that are all here.
Header HeaderOf(std::string_view bytes);
Content::Digest DigestOfBytes(std::string_view bytes);

std::string_view TextOf(std::span<const std::byte> bytes);
std::span<const std::byte> BytesOf(std::string_view text);

}  // namespace wsfs
