#pragma once

#include "base/error.h"
#include "server/api_error.h"

namespace wsfs {

/// What api/workspace.h promises for an answer of the service. Its own table,
/// on purpose: it shares no code with the REST client, so that the contract
/// suite compares two readings of databricks-api.md §2.6.
Error ErrorOf(const ApiError& error);

}  // namespace wsfs
