#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// What goes over the control socket: one JSON object a line, one line each
/// way. Both ends are wsfs of one user; the version says whether they
/// understand each other.
///
///   {"version":1,"verb":"sync","arguments":{"timeout_ms":"60000"}}
///   {"version":1,"exit":0,"out":"…","err":"","body":{…}}
inline constexpr int kControlVersion = 1;
inline constexpr std::size_t kMaxControlLine = std::size_t{1} << 20U;

/// A request. Value type. `arguments` may hold a token: never logged.
struct ControlRequest {
  std::string verb;
  std::map<std::string, std::string> arguments;

  /// "" when it was not given.
  std::string Get(const std::string& name) const;
};

/// An answer: what the asking command prints, its exit code, and, for
/// programs, a JSON object ("" for none). Value type.
struct ControlReply {
  int exit_code = 0;
  std::string out;
  std::string err;
  std::string body;
};

/// Without the newline.
std::string ToLine(const ControlRequest& request);
std::string ToLine(const ControlReply& reply);
/// kInvalidArgument; kUnsupported when the other end is of another version.
Result<ControlRequest> ParseRequest(std::string_view line);
Result<ControlReply> ParseReply(std::string_view line);

}  // namespace wsfs
