#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/object_info.h"

namespace wsfs {

/// One notebook as another kind of file (notebooks.md §4.5).
enum class View : std::uint8_t {
  kSource,    ///< `nb.py`: the service's own source format
  kJupyter,   ///< `nb.ipynb`: nbformat 4, without outputs it does not have
  kPercent,   ///< `nb.percent.py`: `# %%` cells, as Jupytext writes them
  kMarkdown,  ///< `nb.md`: for reading, with outputs that are text
  kHtml,      ///< `nb.html`: for reading, with outputs; runs no script
};

/// False: a view that is for reading only.
bool IsWritable(View view);

/// Notebooks that are longer have no views: all of it is held in memory, some
/// times over.
inline constexpr std::size_t kMaxViewedBytes = 16'777'216;

/// A notebook in the format the service keeps it in. Borrowed bytes.
struct NativeNotebook {
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  std::string_view bytes;
};

/// The notebook as the view shows it. The same for the same bytes, always.
///
/// kTooLarge above kMaxViewedBytes, also of what could be written but not be
/// put back; kInvalidArgument for a JUPYTER notebook that is no ipynb of
/// nbformat 4, and for a language without a source format.
Result<std::string> Render(View view, const NativeNotebook& notebook);

/// The notebook with what `edited`, a view of it that a person changed, has
/// instead: for the service, in the notebook's own format.
///
/// Cells are known again by what they say, then by their id, then by their
/// place or likeness (cell_pairs.h). A cell that was not edited keeps its bytes
/// (of source) or all of its fields (of an ipynb: outputs, id, metadata, what
/// is not known here); an edited one keeps everything but its text; of a new
/// one only its text is known. What a view does not show (outputs, where it has
/// none; the text around cells) is as it was: PutBack(v, n, Render(v, n)) is n,
/// byte for byte.
///
/// Errors as of Render, also for `edited`; kProtected for a view that is for
/// reading only.
Result<std::string> PutBack(View view, const NativeNotebook& notebook,
                            std::string_view edited);

}  // namespace wsfs
