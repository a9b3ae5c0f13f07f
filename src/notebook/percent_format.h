#pragma once

#include <string>
#include <string_view>

#include "model/object_info.h"
#include "notebook/cells.h"

namespace wsfs {

/// The cells as Jupytext writes them: each behind a line `# %%`, or
/// `# %% Title [markdown]`, with a blank line before the next.
///
/// Markdown, and a cell in another language (`%sql`), stand in comments; so
/// does each other line that is a magic. A line that would be read as something
/// else has one comment sign more. So PercentCells() of it are the cells again,
/// but for their ids.
std::string WritePercent(const Cells& cells, Language language);

/// The cells of such a file, or of one that a person or Jupytext wrote: text
/// before the first mark is a cell of code, but a header of Jupytext is none.
Cells PercentCells(std::string_view text, Language language);

}  // namespace wsfs
