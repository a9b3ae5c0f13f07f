#include "store/row_codec.h"

#include <algorithm>
#include <concepts>

#include <fmt/format.h>

namespace wsfs {
namespace {

constexpr std::uint8_t kVersion = 1;
enum : std::uint8_t {
  kHasDigest = 1,
  kJupyter = 2,
  kOwnSource = 4,
  kOwnCells = 8,
};

template <std::unsigned_integral T>
void Put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(value & 0xFFU);
    if constexpr (sizeof(T) > 1) value >>= 8U;
  }
}

Error Broken(std::string_view what) {
  return {Errc::kCorrupt, fmt::format("the catalogue holds a broken {}", what)};
}

/// Takes values from the front; `ok` is false once there were too few bytes.
struct Reader {
  std::string_view rest;
  bool ok = true;

  std::string_view Take(std::size_t length) {
    ok = ok && length <= rest.size();
    if (!ok) return {};
    const std::string_view part = rest.substr(0, length);
    rest.remove_prefix(length);
    return part;
  }
  template <std::unsigned_integral T>
  T Number() {
    std::uint64_t value = 0;
    const std::string_view bytes = Take(sizeof(T));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8U * i);
    return static_cast<T>(value);
  }
  Hash TakeHash() {
    Hash hash;
    std::ranges::copy(Take(hash.bytes.size()), hash.bytes.begin());
    return hash;
  }
};

Result<void> CheckVersion(std::uint8_t version, std::string_view what) {
  if (version == kVersion) return {};
  if (version < kVersion) return Broken(what);
  return Error(Errc::kUnsupported,
               fmt::format("the catalogue holds a {} of a newer wsfs", what));
}

}  // namespace

std::string_view BytesOf(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()),  // NOLINT
          hash.bytes.size()};
}

Result<Hash> DecodeHash(std::string_view bytes) {
  Reader in{bytes};
  const Hash hash = in.TakeHash();
  if (!in.ok || !in.rest.empty()) return Broken("hash");
  return hash;
}

std::string EncodeContent(const Content& content) {
  std::uint8_t flags = 0;
  const auto& digest = content.digest;
  if (digest) {
    flags = kHasDigest;
    if (digest->jupyter) flags |= kJupyter;
    if (digest->source != digest->raw) flags |= kOwnSource;
    if (digest->cells != digest->raw) flags |= kOwnCells;
  }
  std::string out;
  Put(out, kVersion);
  Put(out, static_cast<std::uint8_t>(content.place));
  Put(out, static_cast<std::uint8_t>(content.header));
  Put(out, flags);
  Put(out, content.size_bytes);
  Put(out, content.body);
  if (digest) {
    out += BytesOf(digest->raw);
    if ((flags & kOwnSource) != 0) out += BytesOf(digest->source);
    if ((flags & kOwnCells) != 0) out += BytesOf(digest->cells);
  }
  return out;
}

Result<Content> DecodeContent(std::string_view bytes) {
  Reader in{bytes};
  WSFS_RETURN_IF_ERROR(CheckVersion(in.Number<std::uint8_t>(), "content"));
  Content content;
  const auto place = in.Number<std::uint8_t>();
  const auto header = in.Number<std::uint8_t>();
  const auto flags = in.Number<std::uint8_t>();
  content.size_bytes = in.Number<std::uint64_t>();
  content.body = in.Number<std::uint64_t>();
  if ((flags & kHasDigest) != 0) {
    Content::Digest digest;
    digest.raw = in.TakeHash();
    digest.source = (flags & kOwnSource) != 0 ? in.TakeHash() : digest.raw;
    digest.cells = (flags & kOwnCells) != 0 ? in.TakeHash() : digest.raw;
    digest.jupyter = (flags & kJupyter) != 0;
    content.digest = digest;
  }
  if (!in.ok || !in.rest.empty() ||
      place > static_cast<std::uint8_t>(BodyPlace::kBlob) ||
      header > static_cast<std::uint8_t>(Header::kSlashes)) {
    return Broken("content");
  }
  content.place = static_cast<BodyPlace>(place);
  content.header = static_cast<Header>(header);
  return content;
}

std::optional<std::string> EncodeXattrs(
    const std::map<std::string, std::string>& xattrs) {
  if (xattrs.empty()) return std::nullopt;
  std::string out;
  Put(out, kVersion);
  for (const auto& [name, value] : xattrs) {
    Put(out, static_cast<std::uint32_t>(name.size()));
    out += name;
    Put(out, static_cast<std::uint32_t>(value.size()));
    out += value;
  }
  return out;
}

Result<std::map<std::string, std::string>> DecodeXattrs(
    std::optional<std::string_view> bytes) {
  std::map<std::string, std::string> xattrs;
  if (!bytes) return xattrs;
  Reader in{*bytes};
  WSFS_RETURN_IF_ERROR(
      CheckVersion(in.Number<std::uint8_t>(), "list of attributes"));
  while (in.ok && !in.rest.empty()) {
    const std::string_view name = in.Take(in.Number<std::uint32_t>());
    const std::string_view value = in.Take(in.Number<std::uint32_t>());
    xattrs.emplace(name, value);
  }
  if (!in.ok) return Broken("list of attributes");
  return xattrs;
}

}  // namespace wsfs
