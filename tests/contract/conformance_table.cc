#include "conformance_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kApi = "/api/2.0/workspace/";
constexpr std::string_view kBoundary = "conformance-boundary-7f3a";

std::string Query(std::string_view endpoint, std::string_view path,
                  std::string_view more) {
  return fmt::format("{}{}?path={}{}", kApi, endpoint, EscapeUrl(path), more);
}

/// `json["a"]["b"]` for "a.b", or null.
Json At(Json json, std::string_view name) {
  while (!name.empty()) {
    const std::string key(name.substr(0, name.find('.')));
    name.remove_prefix(std::min(name.size(), key.size() + 1));
    if (!json.is_object() || !json.contains(key)) return {};
    Json next = json[key];
    json = std::move(next);
  }
  return json;
}

}  // namespace

WireRequest Status(std::string_view path, std::string_view more) {
  return Get(Query("get-status", path, more));
}

WireRequest List(std::string_view path, std::string_view more) {
  return Get(Query("list", path, more));
}

WireRequest Export(std::string_view path, std::string_view format,
                   bool direct) {
  std::string more = direct ? "&direct_download=true" : "";
  if (!format.empty()) more += fmt::format("&format={}", format);
  return Get(Query("export", path, more));
}

WireRequest Post(std::string_view endpoint, const Json& body) {
  WireRequest request;
  request.method = "POST";
  request.target = std::string(kApi).append(endpoint);
  request.headers = {"Content-Type: application/json"};
  request.body = body.dump();
  return request;
}

WireRequest Mkdirs(std::string_view path) {
  return Post("mkdirs", {{"path", path}});
}

WireRequest Delete(std::string_view path, bool recursive) {
  return Post("delete", {{"path", path}, {"recursive", recursive}});
}

WireRequest Rename(std::string_view from, std::string_view to) {
  return Post("rename", {{"source_path", from}, {"destination_path", to}});
}

WireRequest Import(std::string_view path, std::string_view content,
                   const Json& more) {
  Json body = more;
  body["path"] = path;
  body["content"] = Base64(content);
  return Post("import", body);
}

WireRequest Form(
    const std::vector<std::pair<std::string, std::string>>& fields) {
  WireRequest request;
  request.method = "POST";
  request.target = std::string(kApi) + "import";
  request.headers = {
      fmt::format("Content-Type: multipart/form-data; boundary={}", kBoundary)};
  for (const auto& [name, value] : fields) {
    request.body += fmt::format(
        "--{}\r\nContent-Disposition: form-data; name=\"{}\"{}\r\n\r\n{}\r\n",
        kBoundary, name, name == "content" ? "; filename=\"content\"" : "",
        value);
  }
  request.body += fmt::format("--{}--\r\n", kBoundary);
  return request;
}

WireRequest PutFile(std::string_view path, std::string_view content) {
  return Form({{"path", std::string(path)},
               {"format", "RAW"},
               {"overwrite", "true"},
               {"content", std::string(content)}});
}

WireRequest PutNotebook(std::string_view path, std::string_view language,
                        std::string_view source) {
  return Form({{"path", std::string(path)},
               {"format", "SOURCE"},
               {"language", std::string(language)},
               {"overwrite", "true"},
               {"content", std::string(source)}});
}

WireRequest ImportFile(std::string_view path, std::string_view content,
                       bool overwrite, bool one_segment) {
  std::string encoded = EscapeUrl(path.substr(1));
  for (std::size_t at = 0;
       !one_segment && (at = encoded.find("%2F")) != encoded.npos;)
    encoded.replace(at, 3, "/");
  WireRequest request;
  request.method = "POST";
  request.target =
      fmt::format("/api/2.0/workspace-files/import-file/{}?overwrite={}",
                  encoded, overwrite);
  request.headers = {"Content-Type: application/octet-stream"};
  request.body = content;
  return request;
}

Check Message(std::string text) {
  return Field("message", std::move(text));
}

Check MessageHas(std::string text) {
  return [text = std::move(text)](const WireAnswer&, const Json& json) {
    const Json message = At(json, "message");
    const bool found =
        message.is_string() && message.get<std::string>().contains(text);
    return found ? "" : fmt::format("the message lacks {:?}", text);
  };
}

Check Body(std::string bytes) {
  return [bytes = std::move(bytes)](const WireAnswer& answer, const Json&) {
    return answer.body == bytes ? ""
                                : fmt::format("the body is not {:?}", bytes);
  };
}

Check BodyHas(std::string text) {
  return [text = std::move(text)](const WireAnswer& answer, const Json&) {
    return answer.body.contains(text)
               ? ""
               : fmt::format("the body lacks {:?}", text);
  };
}

Check Field(std::string name, Json value) {
  return [name = std::move(name), value = std::move(value)](const WireAnswer&,
                                                            const Json& json) {
    const Json found = At(json, name);
    return found == value ? ""
                          : fmt::format("{} is {} instead of {}", name,
                                        found.dump(), value.dump());
  };
}

Check HasField(std::string name) {
  return [name = std::move(name)](const WireAnswer&, const Json& json) {
    return At(json, name).is_null() ? fmt::format("there is no {}", name) : "";
  };
}

Check NoField(std::string name) {
  return [name = std::move(name)](const WireAnswer&, const Json& json) {
    return At(json, name).is_null() ? "" : fmt::format("there is {}", name);
  };
}

Check HeaderHas(std::string name, std::string text) {
  return [=](const WireAnswer& answer, const Json&) {
    const auto found = answer.headers.find(name);
    return found != answer.headers.end() && found->second.contains(text)
               ? ""
               : fmt::format("the header {} lacks {:?}", name, text);
  };
}

Check Names(std::vector<std::string> names) {
  return [names = std::move(names)](const WireAnswer&, const Json& json) {
    std::vector<std::string> found;
    for (const Json& object : json.value("objects", Json::array())) {
      const auto path = object.value("path", std::string());
      found.push_back(path.substr(path.rfind('/') + 1));
    }
    std::ranges::sort(found);
    return found == names ? ""
                          : fmt::format("lists {}", fmt::join(found, ", "));
  };
}

Check All(std::vector<Check> checks) {
  return
      [checks = std::move(checks)](const WireAnswer& answer, const Json& json) {
        for (const Check& check : checks) {
          std::string wrong = check(answer, json);
          if (!wrong.empty()) return wrong;
        }
        return std::string();
      };
}

}  // namespace wsfs
