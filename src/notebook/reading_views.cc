#include "notebook/reading_views.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "merge/ipynb_file.h"
#include "merge/json_merge.h"
#include "model/ipynb_json.h"
#include "notebook/markdown_html.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPageStart = R"(<!DOCTYPE html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Notebook</title>
<style>
body { font-family: sans-serif; margin: 2em auto; max-width: 60em }
pre { overflow-x: auto; padding: .5em; white-space: pre-wrap }
pre.code { background: #f4f4f4 }
pre.output { border-left: 3px solid #ccc }
table { border-collapse: collapse }
td, th { border: 1px solid #ccc; padding: .2em .5em }
</style></head><body>
)";
/// So much of a notebook is rendered; the rest is shown as it is written.
constexpr std::size_t kMostMarkdownBytes = 1'048'576;
constexpr std::string_view kPageEnd = "</body></html>\n";

// ---- Outputs

std::string TextAt(const Json& object, const char* key) {
  const Json* value = MemberOf(&object, key);
  return value == nullptr ? "" : IpynbText(*value).value_or("");
}

/// Colours and the like begin with an escape and end with a letter.
std::string WithoutColours(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find('\x1B'), text.size());
    plain += text.substr(0, escape);
    text.remove_prefix(escape);
    const auto end = std::ranges::find_if(
        text, [](char c) { return c >= '@' && c <= '~' && c != '['; });
    text = {end == text.end() ? end : end + 1, text.end()};
  }
  return plain;
}

bool IsBase64(std::string_view text) {
  constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  return !text.empty() &&
         text.find_first_not_of(kSigns) == std::string_view::npos;
}

std::optional<ShownOutput> ImageOf(const Json& data) {
  for (const char* type : {"image/png", "image/jpeg"}) {
    std::string image = TextAt(data, type);
    std::erase(image, '\n');
    if (IsBase64(image))
      return ShownOutput{.text = "", .image = type, .data = std::move(image)};
  }
  return std::nullopt;
}

std::string TextOf(const Json& output) {
  if (StringAt(output, "output_type") == "error") {
    std::string trace = TextAt(output, "traceback");
    if (!trace.empty()) return trace;
    return StringAt(output, "ename") + ": " + StringAt(output, "evalue");
  }
  return TextAt(output, "text");
}

std::optional<ShownOutput> ShownOf(const Json& output) {
  std::string text = TextOf(output);
  if (const Json* data = MemberOf(&output, "data")) {
    if (auto image = ImageOf(*data)) return image;
    for (const char* type : {"text/plain", "text/markdown", "text/html"})
      if (text.empty()) text = TextAt(*data, type);
  }
  if (text.empty()) return std::nullopt;
  return ShownOutput{.text = WithoutColours(text), .image = "", .data = ""};
}

ShownOutputs OutputsOfCell(const Json& cell) {
  ShownOutputs shown;
  const Json* outputs = MemberOf(&cell, "outputs");
  if (outputs == nullptr || !outputs->is_array()) return shown;
  for (const Json& output : *outputs)
    if (auto one = ShownOf(output)) shown.push_back(*std::move(one));
  return shown;
}

// ---- Text

std::string_view FenceName(Language language) {
  switch (language) {
    case Language::kPython: return "python";
    case Language::kSql: return "sql";
    case Language::kScala: return "scala";
    case Language::kR: return "r";
    case Language::kNone: return "";
  }
  return "";
}

std::string_view LanguageOf(const Cell& cell, Language language) {
  if (cell.kind == CellKind::kRaw) return "";
  const std::string_view magic = MagicName(cell.text);
  if (magic == "sh") return "bash";
  for (const std::string_view name : {"python", "sql", "scala", "r"})
    if (magic == name) return name;
  return FenceName(language);
}

std::size_t LongestRun(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

void WriteLine(std::string& out, std::string_view text) {
  out += text;
  if (!text.ends_with('\n')) out += '\n';
}

void WriteFenced(std::string& out, std::string_view text,
                 std::string_view name) {
  const std::string fence(std::max<std::size_t>(3, LongestRun(text, '`') + 1),
                          '`');
  out.append(fence).append(name).append("\n");
  if (!text.empty()) WriteLine(out, text);
  out.append(fence).append("\n");
}

std::string HtmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

void WriteElement(std::string& out, std::string_view name,
                  std::string_view kind, std::string_view text) {
  out.append("<").append(name);
  if (!kind.empty()) out.append(" class=\"").append(kind).append("\"");
  out.append(">");
  // A parser drops a line end right behind <pre>.
  if (name == "pre") out += '\n';
  out.append(HtmlText(text)).append("</").append(name).append(">\n");
}

void WriteHtmlOutput(std::string& out, const ShownOutput& output) {
  if (output.image.empty())
    return WriteElement(out, "pre", "output", output.text);
  out.append("<img alt=\"\" src=\"data:").append(output.image);
  out.append(";base64,").append(output.data).append("\">\n");
}

void WriteHtmlMarkdown(std::string& out, std::string_view text,
                       std::size_t& left) {
  std::optional<std::string> html;
  if (text.size() <= left) html = MarkdownHtml(text);
  if (!html) return WriteElement(out, "pre", "markdown", text);
  left -= text.size();
  out.append("<div class=\"markdown\">\n").append(*html).append("</div>\n");
}

const ShownOutputs& At(const std::vector<ShownOutputs>& outputs,
                       std::size_t place) {
  static const ShownOutputs none;
  return place < outputs.size() ? outputs[place] : none;
}

}  // namespace

std::vector<ShownOutputs> OutputsOf(const Json& notebook) {
  std::vector<ShownOutputs> outputs;
  for (const Json& cell : notebook["cells"])
    outputs.push_back(OutputsOfCell(cell));
  return outputs;
}

std::string WriteMarkdown(const Cells& cells,
                          const std::vector<ShownOutputs>& outputs,
                          Language language) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (i > 0) out += '\n';
    if (cell.title_shown) out.append("### ").append(cell.title).append("\n\n");
    if (cell.kind == CellKind::kMarkdown)
      WriteLine(out, cell.text);
    else
      WriteFenced(out, cell.text, LanguageOf(cell, language));
    for (const ShownOutput& output : At(outputs, i)) {
      out += '\n';
      WriteFenced(out, output.image.empty() ? output.text : output.image,
                  "text");
    }
  }
  return out;
}

std::string WriteHtml(const Cells& cells,
                      const std::vector<ShownOutputs>& outputs,
                      Language language) {
  std::string out(kPageStart);
  std::size_t markdown_left = kMostMarkdownBytes;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (cell.title_shown) WriteElement(out, "h3", "", cell.title);
    if (cell.kind == CellKind::kMarkdown)
      WriteHtmlMarkdown(out, cell.text, markdown_left);
    else
      WriteElement(out, "pre",
                   "code " + std::string(LanguageOf(cell, language)),
                   cell.text);
    for (const ShownOutput& output : At(outputs, i))
      WriteHtmlOutput(out, output);
  }
  return out.append(kPageEnd);
}

}  // namespace wsfs
