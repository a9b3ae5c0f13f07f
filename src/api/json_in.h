#pragma once

#include <string>
#include <vector>

#include "api/workspace.h"
#include "base/result.h"
#include "model/object_info.h"
#include "model/remote_path.h"

namespace wsfs {

/// Readers of what the service answers (databricks-api.md §2.1). Unknown
/// fields are skipped, absent ones stay unknown, ids are int64. `body` is
/// used as working memory. They fail with kCorrupt when it is not JSON of the
/// right shape.

/// The answer of get-status for `asked`.
Result<ObjectInfo> ReadStatus(std::string& body, const RemotePath& asked);

/// The answer of list and of list-files for `asked`: its children, under
/// `asked` whatever prefix the service echoes. Of two with one name the first
/// counts; one whose name we cannot hold is left out. kNotADirectory when the
/// answer is the object itself (§1.2).
Result<std::vector<ObjectInfo>> ReadListing(std::string& body,
                                            const RemotePath& asked);

/// The answer of scim Me; `workspace_id` stays "".
Result<Identity> ReadIdentity(std::string& body);

}  // namespace wsfs
