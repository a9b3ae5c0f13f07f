#include "notebook/views.h"

#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "merge/ipynb_file.h"
#include "merge/json_text.h"
#include "model/notebook_header.h"
#include "notebook/cell_pairs.h"
#include "notebook/ipynb_cells.h"
#include "notebook/percent_format.h"
#include "notebook/reading_views.h"
#include "notebook/source_format.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;
using Places = std::vector<std::optional<std::size_t>>;

/// What Render and PutBack can work with.
Result<> Check(const NativeNotebook& notebook) {
  if (notebook.bytes.size() > kMaxViewedBytes)
    return Error(Errc::kTooLarge, "the notebook is too long for another view");
  if (CommentSign(notebook.language).empty())
    return Error(Errc::kInvalidArgument,
                 "the notebook's language has no source format");
  if (notebook.format == NotebookFormat::kNone)
    return Error(Errc::kInvalidArgument, "the notebook's format is not known");
  return {};
}

Result<Json> Read(std::string_view ipynb) {
  auto notebook = ReadIpynb(ipynb);
  if (!notebook.has_value())
    return Error(Errc::kInvalidArgument,
                 "this is no Jupyter notebook of nbformat 4");
  return *std::move(notebook);
}

/// A notebook, read once. Borrows its bytes.
struct Parts {
  SourceFile source;          ///< Of an ipynb, its language alone.
  std::optional<Json> ipynb;  ///< If it is one.
  std::size_t cells() const {
    return ipynb ? (*ipynb)["cells"].size() : source.cells.size();
  }
};

Result<Parts> PartsOf(const NativeNotebook& notebook) {
  Parts parts;
  if (notebook.format == NotebookFormat::kSource) {
    parts.source = ParseSource(notebook.bytes, notebook.language);
  } else {
    parts.source.language = notebook.language;
    WSFS_TRY(parts.ipynb, Read(notebook.bytes));
  }
  return parts;
}

bool IsOwn(View view, NotebookFormat format) {
  return (view == View::kSource && format == NotebookFormat::kSource) ||
         (view == View::kJupyter && format == NotebookFormat::kJupyter);
}

/// The bytes themselves, if they are what they should be.
Result<std::string> Own(NotebookFormat format, std::string_view bytes) {
  if (format == NotebookFormat::kJupyter) {
    WSFS_RETURN_IF_ERROR(Read(bytes));
  }
  return std::string(bytes);
}

std::string Write(View view, const Cells& cells,
                  const std::vector<ShownOutputs>& outputs, Language language) {
  switch (view) {
    case View::kSource: return SourceOfCells(cells, language);
    case View::kJupyter: return IpynbOfCells(cells, language);
    case View::kPercent: return WritePercent(cells, language);
    case View::kMarkdown: return WriteMarkdown(cells, outputs, language);
    case View::kHtml: return WriteHtml(cells, outputs, language);
  }
  std::unreachable();
}

/// The cells of a view that is not for reading only.
Result<Cells> CellsOfView(View view, Language language,
                          std::string_view bytes) {
  if (view == View::kPercent) return PercentCells(bytes, language);
  if (view == View::kSource) return CellsOfSource(ParseSource(bytes, language));
  WSFS_TRY(const Json notebook, Read(bytes));
  return CellsOfIpynb(notebook);
}

/// A view before and after it was edited.
struct ViewEdit {
  Cells shown;
  Cells now;
  Places places;  ///< For each cell of `now` that of `shown`.

  bool KeepsAll() const {
    if (now.size() != shown.size()) return false;
    for (std::size_t i = 0; i < now.size(); ++i)
      if (!Keeps(i) || places[i] != i) return false;
    return true;
  }
  bool Keeps(std::size_t cell) const {
    const auto place = places[cell];
    return place.has_value() && now[cell].SaysTheSame(shown[*place]);
  }
};

std::string PutIntoSource(const SourceFile& file, const ViewEdit& edit) {
  std::vector<NewSourceCell> cells;
  for (std::size_t i = 0; i < edit.now.size(); ++i) {
    NewSourceCell cell{
        .cell = InSource(edit.now[i]), .bytes = "", .before = {}};
    SourceCellStyle style{.line_end = file.line_end};
    if (const auto place = edit.places[i]) {
      const SourceCell& old = file.cells[*place];
      if (*place > 0) cell.before = old.before;
      if (edit.Keeps(i)) {
        cell.bytes = old.bytes;
        cell.cell = CellOfSource(old.bytes, file.language);
      }
      style = StyleOfCell(old.bytes, file);
    }
    if (!edit.Keeps(i))
      cell.bytes = WriteSourceCell(cell.cell, file.language, style);
    cells.push_back(std::move(cell));
  }
  return WriteSource(file, cells);
}

std::string PutIntoIpynb(std::string_view bytes, const Json& ipynb,
                         const ViewEdit& edit) {
  std::vector<IpynbCellEdit> cells;
  for (std::size_t i = 0; i < edit.now.size(); ++i) {
    IpynbCellEdit cell{
        .now = edit.now[i], .place = edit.places[i], .shown = {}};
    if (cell.place.has_value()) cell.shown = edit.shown[*cell.place];
    cells.push_back(std::move(cell));
  }
  Json edited = ipynb;
  EditCells(edited, cells);
  return WriteOver(bytes, ipynb, edited);
}

Result<std::string> WriteOther(View view, const Parts& parts) {
  const Language language = parts.source.language;
  const Cells cells =
      parts.ipynb ? CellsOfIpynb(*parts.ipynb) : CellsOfSource(parts.source);
  // Only what is for reading shows outputs.
  std::vector<ShownOutputs> outputs;
  if (parts.ipynb && !IsWritable(view)) outputs = OutputsOf(*parts.ipynb);
  std::string shown = Write(view, cells, outputs, language);
  // Else it could be written, and not be put back.
  if (IsWritable(view) && shown.size() > kMaxViewedBytes)
    return Error(Errc::kTooLarge, "this view of the notebook is too long");
  return shown;
}

}  // namespace

bool IsWritable(View view) {
  return view != View::kMarkdown && view != View::kHtml;
}

Result<std::string> Render(View view, const NativeNotebook& notebook) {
  WSFS_RETURN_IF_ERROR(Check(notebook));
  if (IsOwn(view, notebook.format)) return Own(notebook.format, notebook.bytes);
  WSFS_TRY(const Parts parts, PartsOf(notebook));
  return WriteOther(view, parts);
}

Result<std::string> PutBack(View view, const NativeNotebook& notebook,
                            std::string_view edited) {
  WSFS_RETURN_IF_ERROR(Check(notebook));
  if (!IsWritable(view))
    return Error(Errc::kProtected, "this view is for reading only");
  if (edited.size() > kMaxViewedBytes)
    return Error(Errc::kTooLarge, "the view is too long to be put back");
  if (IsOwn(view, notebook.format)) return Own(notebook.format, edited);
  WSFS_TRY(const Parts parts, PartsOf(notebook));
  WSFS_TRY(const std::string shown, WriteOther(view, parts));
  ViewEdit edit;
  WSFS_TRY(edit.shown, CellsOfView(view, notebook.language, shown));
  WSFS_TRY(edit.now, CellsOfView(view, notebook.language, edited));
  if (edit.shown.size() != parts.cells())
    return Error(Errc::kUnsupported, "the view does not tell all cells apart");
  edit.places = PairCells(edit.shown, edit.now);
  if (edit.KeepsAll()) return std::string(notebook.bytes);
  if (!parts.ipynb) return PutIntoSource(parts.source, edit);
  return PutIntoIpynb(notebook.bytes, *parts.ipynb, edit);
}

}  // namespace wsfs
