#include "notebook/ipynb_cells.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "merge/ipynb_file.h"
#include "merge/json_merge.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr const char* kServiceNotebook =
    "application/vnd.databricks.v1+notebook";
constexpr const char* kServiceCell = "application/vnd.databricks.v1+cell";

CellKind KindOf(const Json& cell) {
  const std::string type = StringAt(cell, "cell_type");
  if (type == "markdown") return CellKind::kMarkdown;
  return type == "raw" ? CellKind::kRaw : CellKind::kCode;
}

const char* TypeOf(CellKind kind) {
  switch (kind) {
    case CellKind::kCode: return "code";
    case CellKind::kMarkdown: return "markdown";
    case CellKind::kRaw: return "raw";
  }
  std::unreachable();
}

void ReadTitle(Cell& cell, const Json& json) {
  const Json* service = MemberOf(MemberOf(&json, "metadata"), kServiceCell);
  if (service == nullptr) return;
  cell.title = OneLine(StringAt(*service, "title"));
  const Json* shown = MemberOf(service, "showTitle");
  cell.title_shown =
      !cell.title.empty() && shown != nullptr && *shown == Json(true);
}

Cell CellOf(const Json& json) {
  Cell cell{.kind = KindOf(json),
            .text = WithPlainLineEnds(SourceOf(json)),
            .title = "",
            .id = StringAt(json, "id")};
  ReadTitle(cell, json);
  if (cell.kind == CellKind::kRaw) return cell;
  const std::size_t magic = MarkdownMagicBytes(cell.text);
  if (magic > 0) cell.kind = CellKind::kMarkdown;
  cell.text.erase(0, magic);
  return cell;
}

/// What the source of a cell begins with that its text does not have.
std::string MarkdownStart(const Json& before, const std::string& text) {
  const std::string source = SourceOf(before);
  const std::size_t magic = MarkdownMagicBytes(source);
  if (magic == 0) return MarkdownMagicBytes(text) > 0 ? "%md\n" : "";
  std::string start = source.substr(0, magic);
  if (magic == source.size() && start.size() == 3) start += '\n';
  return start;
}

void SetText(Json& json, const Cell& cell) {
  std::string text = cell.text;
  if (cell.kind == CellKind::kMarkdown)
    text.insert(0, MarkdownStart(json, text));
  json["source"] = SourceAs(json["source"], text);
}

void SetTitle(Json& json, const Cell& cell) {
  Json& metadata = json["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  Json& service = metadata[kServiceCell];
  if (!service.is_object()) service = Json::object();
  service["title"] = cell.title;
  service["showTitle"] = cell.title_shown;
}

/// With the fields that nbformat demands of this type, without those it
/// forbids.
void SetKind(Json& json, CellKind kind) {
  json["cell_type"] = TypeOf(kind);
  if (kind != CellKind::kCode) {
    json.erase("outputs");
    json.erase("execution_count");
    return;
  }
  json.erase("attachments");
  json["outputs"] = Json::array();
  json["execution_count"] = nullptr;
}

Json NewCell(const Cell& cell) {
  Json json = {{"metadata", Json::object()}, {"source", Json::array()}};
  SetKind(json, cell.kind);
  SetText(json, cell);
  if (!cell.title.empty()) SetTitle(json, cell);
  return json;
}

void EditCell(Json& json, const IpynbCellEdit& edit) {
  const auto& [now, place, shown] = edit;
  if (now.kind != shown.kind) {
    json["source"] = SourceAs(json["source"], "");
    SetKind(json, now.kind);
  }
  if (now.kind != shown.kind || now.text != shown.text) SetText(json, now);
  if (now.title != shown.title || now.title_shown != shown.title_shown)
    SetTitle(json, now);
}

}  // namespace

Cells CellsOfIpynb(const Json& notebook) {
  Cells cells;
  for (const Json& json : notebook["cells"]) cells.push_back(CellOf(json));
  return cells;
}

std::string IpynbOfCells(const Cells& cells, Language language) {
  const std::string name = LowerCased(ToApi(language));
  Json notebook = {{"cells", Json::array()},
                   {"metadata",
                    {{kServiceNotebook, {{"language", name}}},
                     {"language_info", {{"name", name}}}}},
                   {"nbformat", 4},
                   {"nbformat_minor", kMinorWithIds}};
  Json& written = notebook["cells"];
  for (const Cell& cell : cells) {
    Json json = NewCell(cell);
    // Not by what it says: an edit would change it, and with it what an editor
    // knows the cell by.
    json["id"] = "cell-" + std::to_string(written.size() + 1);
    written.push_back(std::move(json));
  }
  return WriteIpynb(notebook, {.indent = 1, .with = ' ', .tail = "\n"});
}

void EditCells(Json& notebook, const std::vector<IpynbCellEdit>& cells) {
  Json old = std::exchange(notebook["cells"], Json::array());
  Json& written = notebook["cells"];
  bool has_new = false;
  for (const IpynbCellEdit& edit : cells) {
    has_new = has_new || !edit.place.has_value();
    Json json = edit.place.has_value() ? std::move(old[*edit.place])
                                       : NewCell(edit.now);
    if (edit.place.has_value()) EditCell(json, edit);
    written.push_back(std::move(json));
  }
  if (has_new && IntegerAt(notebook, "nbformat_minor") >= kMinorWithIds)
    CompleteIds(written);
}

}  // namespace wsfs
