#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http_message.h"

namespace wsfs {

/// Reads multipart/form-data as it arrives, part by part, in any order, in
/// constant memory (databricks-api.md §1.5). One thread at a time.
class MultipartReader {
 public:
  /// The boundary named by a Content-Type; "" when it is no form.
  static std::string BoundaryOf(std::string_view content_type);

  MultipartReader(std::string_view boundary, HttpBody& body)
      : body_(body), delimiter_(std::string("\r\n--").append(boundary)) {}

  /// The name of the next part; "" after the last. kInvalidArgument when the
  /// form is broken.
  Result<std::string> NextPart();
  /// Bytes of this part; 0 at its end.
  Result<std::size_t> Read(std::span<std::byte> into);
  /// All of this part. kTooLarge beyond `limit`.
  Result<std::string> ReadText(std::size_t limit);

 private:
  Result<bool> Fill();
  Result<std::string> Line();
  Result<std::string> ReadName();

  HttpBody& body_;
  std::string delimiter_;
  // The first boundary has no line end before it: here is one.
  std::string buffer_ = "\r\n";
  bool ended_ = false;
};

}  // namespace wsfs
