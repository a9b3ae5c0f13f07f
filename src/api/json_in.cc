#include "api/json_in.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace wsfs {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

/// An object as it stands in the answer, before it is judged.
struct RawObject {
  std::string path;
  std::string type;
  std::string language;
  std::string format;
  std::optional<std::int64_t> id;
  std::optional<std::int64_t> created_at;
  std::optional<std::int64_t> modified_at;
  std::optional<std::int64_t> size;
};

Error NotJson(std::string_view what, error_code code) {
  return {Errc::kCorrupt,
          fmt::format("the service's answer to {} cannot be read ({}): is this "
                      "the address of a Databricks workspace?",
                      what, simdjson::error_message(code))};
}

/// A parser and a document in one place: the document points into both the
/// parser and `body`, which gets the padding simdjson reads into.
struct Document {
  explicit Document(std::string& body) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    error = parser
                .iterate(simdjson::padded_string_view(body.data(), body.size(),
                                                      body.capacity()))
                .get(document);
  }
  ondemand::parser parser;
  ondemand::document document;
  error_code error;
};

/// A string, a number as text, or "" for anything else.
std::string TextOf(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type) != SUCCESS) return "";
  std::string_view text;
  if (type == ondemand::json_type::string &&
      value.get_string().get(text) == SUCCESS)
    return std::string(text);
  std::int64_t number = 0;
  if (type == ondemand::json_type::number &&
      value.get_int64().get(number) == SUCCESS)
    return fmt::to_string(number);
  return "";
}

std::optional<std::int64_t> NumberOf(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type) != SUCCESS) return std::nullopt;
  std::int64_t number = 0;
  if (type == ondemand::json_type::number &&
      value.get_int64().get(number) == SUCCESS)
    return number;
  if (type == ondemand::json_type::string &&
      value.get_int64_in_string().get(number) == SUCCESS)
    return number;
  return std::nullopt;
}

void ReadField(std::string_view key, ondemand::value value, RawObject& raw) {
  if (key == "path")
    raw.path = TextOf(value);
  else if (key == "object_type")
    raw.type = TextOf(value);
  else if (key == "language")
    raw.language = TextOf(value);
  else if (key == "repos_export_format")
    raw.format = TextOf(value);
  else if (key == "object_id")
    raw.id = NumberOf(value);
  else if (key == "created_at")
    raw.created_at = NumberOf(value);
  else if (key == "modified_at")
    raw.modified_at = NumberOf(value);
  else if (key == "size")
    raw.size = NumberOf(value);
}

/// Reads an ObjectInfo, or what list-files wraps around one (§1.8).
error_code ReadRaw(ondemand::object object, RawObject& raw, int depth = 0) {
  for (auto field : object) {
    std::string_view key;
    ondemand::value value;
    if (const error_code e = field.unescaped_key().get(key); e != SUCCESS)
      return e;
    if (const error_code e = field.value().get(value); e != SUCCESS) return e;
    const bool wrapper = key == "object_info" || key == "wsfs_object_info";
    if (!wrapper || depth > 1) {
      ReadField(key, value, raw);
      continue;
    }
    ondemand::object inner;
    if (value.get_object().get(inner) != SUCCESS) continue;
    if (const error_code e = ReadRaw(inner, raw, depth + 1); e != SUCCESS)
      return e;
  }
  return SUCCESS;
}

ObjectType TypeOf(std::string_view name) {
  if (name == "DIRECTORY") return ObjectType::kDirectory;
  if (name == "FILE") return ObjectType::kFile;
  if (name == "NOTEBOOK") return ObjectType::kNotebook;
  if (name == "REPO") return ObjectType::kRepo;
  return ObjectType::kOpaque;
}

NotebookFormat FormatOf(std::string_view name) {
  if (name == "SOURCE") return NotebookFormat::kSource;
  if (name == "JUPYTER") return NotebookFormat::kJupyter;
  return NotebookFormat::kNone;
}

bool HoldsChildren(ObjectType type) {
  return type == ObjectType::kDirectory || type == ObjectType::kRepo;
}

ObjectInfo Judge(RawObject&& raw, RemotePath path) {
  ObjectInfo info;
  info.path = std::move(path);
  info.type = TypeOf(raw.type);
  info.type_name = std::move(raw.type);
  info.id = raw.id.value_or(0);
  info.language = LanguageFromApi(raw.language);
  if (info.type == ObjectType::kNotebook) info.format = FormatOf(raw.format);
  info.created_at = raw.created_at;
  info.modified_at = raw.modified_at;
  // Notebooks and directories are told as 0 where they are told at all.
  if (info.type == ObjectType::kFile && raw.size && *raw.size >= 0)
    info.size = static_cast<std::uint64_t>(*raw.size);
  return info;
}

/// The echo of a path in the spelling of `asked`: "/Workspace/x" is "/x".
std::string_view Unprefixed(std::string_view echo, const RemotePath& asked) {
  constexpr std::string_view kPrefix = "/Workspace";
  const bool asked_so =
      asked.text() == kPrefix || asked.text().starts_with("/Workspace/");
  if (!asked_so && echo.starts_with("/Workspace/"))
    echo.remove_prefix(kPrefix.size());
  return echo;
}

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Adds one entry of a listing.
class Listing {
 public:
  explicit Listing(const RemotePath& asked) : asked_(asked) {}

  void Add(RawObject&& raw) {
    ++seen_;
    const std::string_view path = Unprefixed(raw.path, asked_);
    if (path == asked_.text() && !HoldsChildren(TypeOf(raw.type)))
      itself_ = true;
    Result<RemotePath> child = asked_.Child(NameOf(path));
    if (!child.ok() || !names_.insert(child->text()).second) return;
    children_.push_back(Judge(std::move(raw), *std::move(child)));
  }

  Result<std::vector<ObjectInfo>> Finish() && {
    if (itself_ && seen_ == 1)
      return Error(Errc::kNotADirectory,
                   fmt::format("{} is not a folder", asked_.text()));
    return std::move(children_);
  }

 private:
  const RemotePath& asked_;
  std::size_t seen_ = 0;
  bool itself_ = false;
  std::unordered_set<std::string> names_;
  std::vector<ObjectInfo> children_;
};

error_code AddEntries(ondemand::array entries, Listing& listing) {
  for (auto entry : entries) {
    ondemand::object object;
    if (const error_code e = entry.get_object().get(object); e != SUCCESS)
      return e;
    RawObject raw;
    if (const error_code e = ReadRaw(object, raw); e != SUCCESS) return e;
    listing.Add(std::move(raw));
  }
  return SUCCESS;
}

error_code ReadObjects(Document& json, Listing& listing) {
  ondemand::object top;
  if (json.error != SUCCESS) return json.error;
  if (const error_code e = json.document.get_object().get(top); e != SUCCESS)
    return e;
  // An empty directory answers {} (§1.2).
  for (auto field : top) {
    std::string_view key;
    ondemand::array entries;
    if (const error_code e = field.unescaped_key().get(key); e != SUCCESS)
      return e;
    if (key != "objects") continue;
    if (const error_code e = field.value().get_array().get(entries);
        e != SUCCESS)
      return e;
    if (const error_code e = AddEntries(entries, listing); e != SUCCESS)
      return e;
  }
  return SUCCESS;
}

}  // namespace

Result<ObjectInfo> ReadStatus(std::string& body, const RemotePath& asked) {
  Document json(body);
  ondemand::object top;
  RawObject raw;
  error_code error = json.error;
  if (error == SUCCESS) error = json.document.get_object().get(top);
  if (error == SUCCESS) error = ReadRaw(top, raw);
  if (error == SUCCESS && raw.type.empty()) error = simdjson::NO_SUCH_FIELD;
  if (error != SUCCESS) return NotJson("get-status", error);
  // Another path in the answer is an alias of another object: say which.
  Result<RemotePath> echo = RemotePath::Parse(Unprefixed(raw.path, asked));
  return Judge(std::move(raw), echo.ok() ? *std::move(echo) : asked);
}

Result<std::vector<ObjectInfo>> ReadListing(std::string& body,
                                            const RemotePath& asked) {
  Document json(body);
  Listing listing(asked);
  const error_code error = ReadObjects(json, listing);
  if (error != SUCCESS) return NotJson("list", error);
  return std::move(listing).Finish();
}

Result<Identity> ReadIdentity(std::string& body) {
  Document json(body);
  Identity identity;
  ondemand::object top;
  error_code error = json.error;
  if (error == SUCCESS) error = json.document.get_object().get(top);
  if (error != SUCCESS) return NotJson("Me", error);
  for (auto field : top) {
    std::string_view key;
    ondemand::value value;
    error = field.unescaped_key().get(key);
    if (error == SUCCESS) error = field.value().get(value);
    if (error != SUCCESS) return NotJson("Me", error);
    if (key == "userName") identity.user_name = TextOf(value);
    if (key == "id") identity.user_id = TextOf(value);
  }
  if (identity.user_name.empty()) return NotJson("Me", simdjson::NO_SUCH_FIELD);
  return identity;
}

}  // namespace wsfs
