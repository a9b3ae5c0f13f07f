#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "conformance_client.h"

namespace wsfs {

/// Says what is wrong with an answer, or "".
using Check =
    std::function<std::string(const WireAnswer&, const nlohmann::json&)>;

/// One line of the conformance table: what is asked, what must come, and how
/// well we know it (grade and section of databricks-api.md). "$S" stands for
/// the scratch folder of the row's group, also in checks; "$11MB$" and
/// "$11MB in base64$" for that many bytes.
struct Row {
  std::string name;
  WireRequest request;
  int status = 200;
  /// The error_code; "" is not looked at, "-" is left out or empty.
  std::string code;
  Check check;
  std::string grade;    ///< "A" recorded … "E" inferred.
  std::string section;  ///< "1.5"
};

/// Rows that run in order in a folder of their own.
struct Group {
  std::string name;
  std::vector<Row> rows;
};

std::vector<Group> ReadGroups();
std::vector<Group> WriteGroups();
std::vector<Group> ImportGroups();
std::vector<Group> NotebookGroups();

// ---- Requests.
WireRequest Status(std::string_view path, std::string_view more = "");
WireRequest List(std::string_view path, std::string_view more = "");
WireRequest Export(std::string_view path, std::string_view format = "",
                   bool direct = true);
WireRequest Mkdirs(std::string_view path);
WireRequest Delete(std::string_view path, bool recursive = false);
WireRequest Rename(std::string_view from, std::string_view to);
WireRequest Post(std::string_view endpoint, const nlohmann::json& body);
/// Import as JSON: format, language and overwrite only where said.
WireRequest Import(std::string_view path, std::string_view content,
                   const nlohmann::json& more);
/// Import as a form with these fields in this order; "content" is the file.
WireRequest Form(
    const std::vector<std::pair<std::string, std::string>>& fields);
/// The usual: a file as RAW, over what is there.
WireRequest PutFile(std::string_view path, std::string_view content);
WireRequest PutNotebook(std::string_view path, std::string_view language,
                        std::string_view source);
WireRequest ImportFile(std::string_view path, std::string_view content,
                       bool overwrite, bool one_segment = true);

// ---- Checks.
Check Message(std::string text);
Check MessageHas(std::string text);
Check Body(std::string bytes);
Check BodyHas(std::string text);
/// The JSON field has this value.
Check Field(std::string name, nlohmann::json value);
Check HasField(std::string name);
Check NoField(std::string name);
Check HeaderHas(std::string name, std::string text);
/// The names below `path` in a listing, sorted.
Check Names(std::vector<std::string> names);
Check All(std::vector<Check> checks);

}  // namespace wsfs
