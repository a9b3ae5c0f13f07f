#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/rows.h"

namespace wsfs {

/// The two values that are kept as one column each. Both begin with a byte
/// that tells the version of their form, so that a later form can be told
/// from this one; numbers are little endian.
///
/// Content, version 1:
///   u8 version = 1, u8 place, u8 header,
///   u8 flags: 1 has a digest, 2 jupyter, 4 has its own `source` hash,
///             8 has its own `cells` hash (else each equals `raw`)
///   u64 size_bytes, u64 body
///   32 bytes raw (flag 1), 32 bytes source (flag 4), 32 bytes cells (flag 8)
///
/// Extended attributes, version 1:
///   u8 version = 1, then for each: u32 length, name, u32 length, value

std::string EncodeContent(const Content& content);
/// kCorrupt when the bytes are not such a value, kUnsupported when they are
/// of a later version.
Result<Content> DecodeContent(std::string_view bytes);

/// Absent for none, both ways.
std::optional<std::string> EncodeXattrs(
    const std::map<std::string, std::string>& xattrs);
Result<std::map<std::string, std::string>> DecodeXattrs(
    std::optional<std::string_view> bytes);

/// A hash as it stands in a column: its 32 bytes.
std::string_view BytesOf(const Hash& hash);
Result<Hash> DecodeHash(std::string_view bytes);

}  // namespace wsfs
