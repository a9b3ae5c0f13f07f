#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wsfs {

/// What an answer that is not a success says of itself, in any of the shapes
/// of databricks-api.md §1.0. Value type.
struct Envelope {
  /// Is it the service that speaks, not something in between?
  bool recognized = false;
  std::string code;     ///< "RESOURCE_DOES_NOT_EXIST", "401", or "".
  std::string message;  ///< Plain text of one line, cut to 300 bytes.
  std::vector<std::string> reasons;  ///< details[].reason
};

/// Reads any body: JSON, "CODE: message", HTML, plain text, nothing.
Envelope ReadEnvelope(std::string_view body);

/// What it means: the reasons beat the code, that the text, that the status
/// (databricks-api.md §1.0, §1.5, §2.6). kOutcomeUnknown for the 5xx that do
/// not say whether the call was executed.
Errc MeaningOf(int status, const Envelope& envelope);

/// The sentence for people: what the service said, and with which code.
std::string Describe(int status, const Envelope& envelope);

}  // namespace wsfs
