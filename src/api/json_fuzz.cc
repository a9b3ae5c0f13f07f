#include <cstddef>
#include <cstdint>
#include <string>

#include "api/error_map.h"
#include "api/json_in.h"

/// Any answer is read or refused; a listing holds no name twice and nothing
/// that is not a child.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto* text = static_cast<const char*>(static_cast<const void*>(data));
  const std::string body(text, size);
  const wsfs::RemotePath asked =
      wsfs::RemotePath::Parse("/Users/a").value_or(wsfs::RemotePath());

  const wsfs::Envelope envelope = wsfs::ReadEnvelope(body);
  if (wsfs::Describe(400, envelope).find('\n') != std::string::npos)
    __builtin_trap();
  static_cast<void>(wsfs::MeaningOf(400, envelope));

  std::string copy = body;
  static_cast<void>(wsfs::ReadStatus(copy, asked));
  copy = body;
  static_cast<void>(wsfs::ReadIdentity(copy));
  copy = body;
  const auto listing = wsfs::ReadListing(copy, asked);
  if (!listing.ok()) return 0;
  for (const wsfs::ObjectInfo& info : *listing)
    if (info.path.Parent() != asked) __builtin_trap();
  return 0;
}
