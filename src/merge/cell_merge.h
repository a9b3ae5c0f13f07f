#pragma once

#include <nlohmann/json_fwd.hpp>

#include "merge/json_merge.h"

namespace wsfs {

/// One cell of a Jupyter notebook that both sides have. At most one of them
/// edited its type or source, or both did in the same way.
class CellMerge {
 public:
  /// What becomes of it, by the rules of ipynb_merge.h.
  explicit CellMerge(const JsonVersions& cell);

  nlohmann::json Merge();

  /// Outputs or metadata that only ours has are not in it. After Merge().
  bool left_out() const { return left_out_; }

 private:
  const nlohmann::json& ChooseId() const;
  const nlohmann::json& ChooseRun();

  JsonVersions cell_;
  bool ours_edited_;
  bool theirs_edited_;
  bool left_out_ = false;
};

}  // namespace wsfs
