#pragma once

#include <string>

#include "base/error.h"

namespace wsfs {

/// What the end of a transfer means, in a sentence for people that names what
/// to look at. `easy` is its libcurl handle, `code` its CURLcode, not
/// CURLE_OK. kUnreachable where no connection was made, else kOutcomeUnknown,
/// of which Exchange::Finish knows whether anything can have left.
Error TransferError(void* easy, int code, const std::string& url);

}  // namespace wsfs
