#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/object_info.h"
#include "notebook/cells.h"

namespace wsfs {

/// What a cell put out, as far as it can be shown.
struct ShownOutput {
  std::string text;   ///< Without the colours of a terminal.
  std::string image;  ///< "image/png"; "" for text.
  std::string data;   ///< Of an image, in base64.
};
using ShownOutputs = std::vector<ShownOutput>;

/// For each cell of a notebook of ReadIpynb() its outputs.
std::vector<ShownOutputs> OutputsOf(const nlohmann::json& notebook);

/// `outputs` is empty, or has as many entries as there are cells.
std::string WriteMarkdown(const Cells& cells,
                          const std::vector<ShownOutputs>& outputs,
                          Language language);

/// Markdown is rendered without the HTML in it, all other text is escaped: the
/// page runs nothing and asks no other for anything.
std::string WriteHtml(const Cells& cells,
                      const std::vector<ShownOutputs>& outputs,
                      Language language);

}  // namespace wsfs
