#include "server/notebook_text.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wsfs::notebook_text {
namespace {

using Json = nlohmann::json;
constexpr std::string_view kOurs = "application/vnd.databricks.v1+notebook";
constexpr std::string_view kOurCell = "application/vnd.databricks.v1+cell";

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return lower;
}

std::string_view CommentOf(Language language) {
  switch (language) {
    case Language::kScala: return "//";
    case Language::kSql: return "--";
    default: return "#";
  }
}

/// What a cell in this language starts with in an ipynb of another one.
std::string_view MagicOf(Language language) {
  switch (language) {
    case Language::kPython: return "%python";
    case Language::kSql: return "%sql";
    case Language::kScala: return "%scala";
    case Language::kR: return "%r";
    case Language::kNone: return "";
  }
  return "";
}

Language LanguageFromName(std::string_view name) {
  const std::string lower = Lower(name);
  for (const Language language :
       {Language::kPython, Language::kSql, Language::kScala, Language::kR}) {
    if (lower == Lower(ToApi(language))) return language;
  }
  return Language::kNone;
}

/// `object[key]`, or null when `object` is no object or has no such key.
const Json& At(const Json& object, std::string_view key) {
  static const Json null_value;
  if (!object.is_object()) return null_value;
  const auto found = object.find(key);
  return found == object.end() ? null_value : *found;
}

std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (value.is_array()) {
    for (const Json& line : value)
      if (line.is_string()) text += line.get<std::string>();
  }
  return text;
}

bool IsIpynb(const Json& json) {
  const Json& version = At(json, "nbformat");
  return At(json, "cells").is_array() && At(json, "metadata").is_object() &&
         version.is_number_integer() && version.get<std::int64_t>() >= 4;
}

int DepthChange(char c) {
  if (c == '[' || c == '{') return 1;
  return c == ']' || c == '}' ? -1 : 0;
}

/// Writing JSON recurses: what is nested this deep is no notebook.
bool IsTooDeep(std::string_view text) {
  constexpr int kMaxDepth = 256;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted)
      depth += DepthChange(text[i]);
    if (depth > kMaxDepth) return true;
  }
  return false;
}

Json Parse(std::string_view text) {
  if (IsTooDeep(text)) return {};
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

Language LanguageOf(const Json& json) {
  const Json& metadata = At(json, "metadata");
  const Json& ours = At(At(metadata, kOurs), "language");
  Language language = LanguageFromName(TextOf(ours));
  if (language == Language::kNone)
    language =
        LanguageFromName(TextOf(At(At(metadata, "language_info"), "name")));
  return language == Language::kNone ? Language::kPython : language;
}

ApiError NotIpynb() {
  return api_error::Invalid(
      "The notebook is not a valid Jupyter notebook (nbformat 4)");
}

std::string Dump(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

void TrimBlankLines(std::vector<std::string_view>& lines) {
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto first =
      std::ranges::find_if(lines, [](auto line) { return !line.empty(); });
  lines.erase(lines.begin(), first);
}

struct Cell {
  std::string title;
  std::string text;
  bool magic = false;
};

/// The lines between two separators, their markers taken off.
Cell ReadCell(std::vector<std::string_view> lines, std::string_view comment) {
  TrimBlankLines(lines);
  Cell cell;
  const std::string title = fmt::format("{} DBTITLE ", comment);
  if (!lines.empty() && lines.front().starts_with(title)) {
    std::string_view rest = lines.front().substr(title.size());
    rest.remove_prefix(std::min(rest.find(','), rest.size() - 1) + 1);
    cell.title = rest;
    lines.erase(lines.begin());
  }
  const std::string magic = fmt::format("{} MAGIC", comment);
  cell.magic = !lines.empty() && lines.front().starts_with(magic);
  for (std::string_view line : lines) {
    if (cell.magic && line.starts_with(magic)) {
      line.remove_prefix(magic.size());
      if (line.starts_with(' ')) line.remove_prefix(1);
    }
    if (!cell.text.empty()) cell.text += '\n';
    cell.text += line;
  }
  return cell;
}

std::vector<Cell> ReadCells(std::string_view source, Language language) {
  const std::string_view comment = CommentOf(language);
  const std::string separator = fmt::format("{} COMMAND ----------", comment);
  std::vector<std::string_view> lines = Lines(source);
  if (HasHeader(source, language)) lines.erase(lines.begin());
  std::vector<Cell> cells;
  std::vector<std::string_view> current;
  for (const std::string_view line : lines) {
    if (!line.starts_with(separator)) {
      current.push_back(line);
      continue;
    }
    cells.push_back(ReadCell(std::move(current), comment));
    current.clear();
  }
  cells.push_back(ReadCell(std::move(current), comment));
  return cells;
}

Json ToSourceLines(std::string_view text) {
  Json lines = Json::array();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(std::string(text.substr(0, end + 1)));
    text.remove_prefix(end + 1);
  }
  return lines;
}

Json ToJson(const Cell& cell) {
  Json json;
  std::string_view text = cell.text;
  const bool markdown =
      cell.magic &&
      (text.starts_with("%md\n") || text.starts_with("%md ") || text == "%md");
  if (markdown) text.remove_prefix(std::min<std::size_t>(4, text.size()));
  json["cell_type"] = markdown ? "markdown" : "code";
  json["source"] = ToSourceLines(text);
  Json ours = {{"showTitle", !cell.title.empty()}, {"title", cell.title}};
  json["metadata"][kOurCell] = std::move(ours);
  if (!markdown) {
    json["execution_count"] = nullptr;
    json["outputs"] = Json::array();
  }
  return json;
}

void WriteLines(std::string& out, std::string_view text,
                std::string_view prefix) {
  for (const std::string_view line : Lines(text)) {
    out += prefix;
    if (!prefix.empty() && !line.empty()) out += ' ';
    out.append(line).append("\n");
  }
}

void WriteCell(std::string& out, const Json& cell, Language language) {
  const std::string_view comment = CommentOf(language);
  const Json& ours = At(At(cell, "metadata"), kOurCell);
  const std::string title = TextOf(At(ours, "title"));
  if (!title.empty()) {
    const bool shown = At(ours, "showTitle") == Json(true);
    out += fmt::format("{} DBTITLE {},{}\n", comment, shown ? 1 : 0, title);
  }
  std::string text = TextOf(At(cell, "source"));
  const bool markdown = TextOf(At(cell, "cell_type")) == "markdown";
  if (markdown && !text.starts_with("%md")) text.insert(0, "%md\n");
  const std::string own = fmt::format("{}\n", MagicOf(language));
  if (text.starts_with(own)) text.erase(0, own.size());
  const bool magic = text.starts_with('%');
  WriteLines(out, text, magic ? fmt::format("{} MAGIC", comment) : "");
}

}  // namespace

Language LanguageOfExtension(std::string_view name) {
  const std::string lower = Lower(name);
  for (const Language language :
       {Language::kPython, Language::kSql, Language::kScala, Language::kR}) {
    if (lower.ends_with(ExtensionOf(language))) return language;
  }
  return Language::kNone;
}

std::string_view ExtensionOf(Language language) {
  switch (language) {
    case Language::kPython: return ".py";
    case Language::kSql: return ".sql";
    case Language::kScala: return ".scala";
    case Language::kR: return ".r";
    case Language::kNone: return "";
  }
  return "";
}

std::string Header(Language language) {
  return fmt::format("{} Databricks notebook source", CommentOf(language));
}

bool HasHeader(std::string_view text, Language language) {
  return text.substr(0, text.find('\n')).contains(Header(language));
}

std::string WithHeader(std::string text, Language language) {
  if (HasHeader(text, language)) return text;
  return text.insert(0, Header(language) + "\n");
}

std::optional<Language> ReadIpynb(std::string_view text) {
  const Json json = Parse(text);
  if (!IsIpynb(json)) return std::nullopt;
  return LanguageOf(json);
}

Answer<std::string> Rewrite(std::string_view ipynb) {
  Json json = Parse(ipynb);
  if (!IsIpynb(json)) return NotIpynb();
  Json& info = json["metadata"]["language_info"];
  if (!info.is_object()) info = Json::object();
  info["name"] = Lower(ToApi(LanguageOf(json)));
  json["nbformat"] = 4;
  if (!json.contains("nbformat_minor")) json["nbformat_minor"] = 0;
  return Dump(json);
}

Answer<std::string> IpynbToSource(std::string_view ipynb, Language language) {
  const Json json = Parse(ipynb);
  if (!IsIpynb(json)) return NotIpynb();
  std::string out = Header(language) + "\n";
  bool first = true;
  for (const Json& cell : json["cells"]) {
    if (!first)
      out += fmt::format("\n{} COMMAND ----------\n\n", CommentOf(language));
    first = false;
    WriteCell(out, cell, language);
  }
  // So it is recorded: the last line of a converted notebook has no newline.
  if (out.ends_with('\n') && !json["cells"].empty()) out.pop_back();
  return out;
}

std::string SourceToIpynb(std::string_view source, Language language,
                          std::string_view name) {
  Json json = {{"nbformat", 4}, {"nbformat_minor", 0}};
  json["cells"] = Json::array();
  for (const Cell& cell : ReadCells(source, language))
    json["cells"].push_back(ToJson(cell));
  json["metadata"][kOurs] = {{"notebookName", std::string(name)},
                             {"language", Lower(ToApi(language))}};
  json["metadata"]["language_info"]["name"] = Lower(ToApi(language));
  return Dump(json);
}

}  // namespace wsfs::notebook_text
