#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/api_error.h"

namespace wsfs {

/// How strict a request's path is read, where nobody knows what the service
/// does (databricks-api.md §2.3).
struct PathRules {
  bool refuse_trailing_slash = false;
  bool refuse_dots = true;
};

/// A path as a request spelled it, and the one object it names.
///
/// "/Workspace/x" and "/x" are one object; the answer repeats the spelling of
/// the request. "//Workspace/x" collapses and loses its prefix, but an error
/// repeats it verbatim (databricks-api.md §1.1). Value type.
class ServicePath {
 public:
  /// 400 INVALID_PARAMETER_VALUE when it does not start with '/', is not
  /// UTF-8, holds a NUL or is longer than 4096 bytes.
  static Answer<ServicePath> Parse(std::string_view text,
                                   const PathRules& rules);

  /// The components of the key; empty for the root.
  const std::vector<std::string>& parts() const { return parts_; }
  /// The request, byte for byte.
  const std::string& request() const { return request_; }
  bool IsRoot() const { return parts_.empty(); }
  /// The last component, "" for the root.
  std::string_view Name() const;

  /// The key: the path without "/Workspace".
  std::string Key() const;
  /// The path as answers repeat it.
  std::string Echo() const;
  std::string EchoParent() const;

  /// The same spelling with another last component.
  ServicePath WithName(std::string name) const;
  ServicePath Child(std::string name) const;
  bool IsWithin(const ServicePath& ancestor) const;

 private:
  std::vector<std::string> parts_;
  std::string request_;
  bool prefixed_ = false;
};

}  // namespace wsfs
