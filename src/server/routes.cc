#include "server/routes.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/routes_json.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kImportFile =
    "/api/2.0/workspace-files/import-file/";
constexpr std::string_view kFiles = "/api/2.0/workspace-files/";

}  // namespace

struct Routes::Entry {
  std::string_view method;
  std::string_view path;
  std::string_view name;
  Maker maker;
};

namespace {

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void PutCode(Json& json, const ApiError::Code& code) {
  if (const auto* text = std::get_if<std::string>(&code))
    json["error_code"] = *text;
  if (const auto* number = std::get_if<int>(&code))
    json["error_code"] = *number;
}

}  // namespace

const Routes::Entry* Routes::EntryOf(std::string_view route) {
  static constexpr Entry kEntries[] = {
      {"GET", "/api/2.0/workspace/get-status", "get-status",
       &Routes::GetStatus},
      {"GET", "/api/2.0/workspace/list", "list", &Routes::List},
      {"GET", "/api/2.0/workspace/export", "export", &Routes::Export},
      {"POST", "/api/2.0/workspace/mkdirs", "mkdirs", &Routes::Mkdirs},
      {"POST", "/api/2.0/workspace/delete", "delete", &Routes::Delete},
      {"POST", "/api/2.0/workspace/import", "import", &Routes::Import},
      {"POST", "/api/2.0/workspace/rename", "rename", &Routes::Rename},
      {"GET", "/api/2.0/workspace-files/object-info", "object-info",
       &Routes::ObjectInfo},
      {"GET", "/api/2.0/workspace-files/list-files", "list-files",
       &Routes::ListFiles},
      {"POST", "/api/2.0/workspace-files/new-files", "new-files",
       &Routes::NewFiles},
      {"GET", "/api/2.0/preview/scim/v2/Me", "me", &Routes::Me},
      {"GET", "/.well-known/databricks-config", "config", &Routes::Config},
      {"POST", "/telemetry-ext", "telemetry", &Routes::Telemetry},
      {"POST", kImportFile, "import-file", &Routes::ImportFile},
      {"GET", kFiles, "download", &Routes::Download},
  };
  // By name, or by "METHOD path" for Find.
  for (const Entry& entry : kEntries) {
    if (entry.name == route) return &entry;
    const std::size_t blank = route.find(' ');
    if (blank == route.npos || route.substr(0, blank) != entry.method) continue;
    const std::string_view path = route.substr(blank + 1);
    const bool prefix = entry.path.ends_with('/');
    if (prefix ? path.starts_with(entry.path) && path != entry.path
               : path == entry.path)
      return &entry;
  }
  return nullptr;
}

Routes::Route Routes::Find(const ServerRequest& request) {
  const Entry* entry = EntryOf(request.method + " " + request.raw_path);
  if (entry == nullptr) return {};
  return {entry->name, entry->name != "config"};
}

Answer<Operation> Routes::Prepare(std::string_view route,
                                  const ServerRequest& request,
                                  HttpBody& body) {
  const Entry* entry = EntryOf(route);
  if (entry != nullptr) return (this->*entry->maker)(request, body);
  std::string_view path = request.raw_path;
  if (path.starts_with("/api/2.")) path.remove_prefix(8);
  return api_error::NoSuchApi(request.method, path);
}

ServerResponse Routes::ToResponse(const ApiError& error) {
  Json json = {{"message", error.message}};
  PutCode(json, error.code);
  ServerResponse response = JsonResponse(Dump(json));
  response.status = error.status;
  if (error == api_error::WrongToken())
    response.headers.emplace_back("X-Databricks-Reason-Phrase", error.message);
  if (error.status == 429) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Answer<Operation> Routes::GetStatus(const ServerRequest& request,
                                    HttpBody& /*body*/) {
  WSFS_TRY(const std::string path, QueryPath(request));
  const bool export_info = request.Query("return_export_info") == "true";
  const bool git_info = request.Query("return_git_info") == "true";
  return Operation{
      path, 0, [=, this](Milliseconds age) -> Answer<ServerResponse> {
        WSFS_TRY(const ObjectView view,
                 model_.GetStatus(
                     path, {Family::kWorkspace, export_info, git_info, age}));
        return JsonResponse(ToJson(view));
      }};
}

Answer<Operation> Routes::List(const ServerRequest& request,
                               HttpBody& /*body*/) {
  WSFS_TRY(const std::string path, QueryPath(request));
  ServiceMillis after = 0;
  if (const auto text = request.Query("notebooks_modified_after")) {
    if (text->empty() || text->size() > 18 ||
        text->find_first_not_of("0123456789") != std::string::npos)
      return api_error::Invalid("notebooks_modified_after is not a number");
    after = std::stoll(*text);
  }
  return Operation{
      path, 0, [=, this](Milliseconds age) -> Answer<ServerResponse> {
        WSFS_TRY(
            const auto views,
            model_.List(path, {Family::kWorkspace, false, false, age}, after));
        return JsonResponse(ToJson(views, ""));
      }};
}

Answer<Operation> Routes::Export(const ServerRequest& request,
                                 HttpBody& /*body*/) {
  ExportCall call;
  WSFS_TRY(call.path, QueryPath(request));
  const auto format =
      WireFormatFromApi(request.Query("format").value_or("SOURCE"));
  if (!format) return api_error::Invalid("format is none of the formats");
  call.format = *format;
  call.direct_download = request.Query("direct_download") == "true";
  return Operation{
      call.path, 0,
      [call, this](Milliseconds age) mutable -> Answer<ServerResponse> {
        call.age = age;
        WSFS_TRY(const Exported out, model_.Export(call));
        ServerResponse response;
        if (call.direct_download) {
          response.content_type = "application/octet-stream";
          response.content = out.content;
          return response;
        }
        const auto bytes = ReadAll(*out.content);
        if (!bytes.ok()) return api_error::Internal(bytes.error().message());
        return JsonResponse(Dump({{"content", base64::Encode(*bytes)},
                                  {"file_type", out.file_type}}));
      }};
}

Answer<Operation> Routes::ObjectInfo(const ServerRequest& request,
                                     HttpBody& /*body*/) {
  WSFS_TRY(const std::string path, QueryPath(request));
  return Operation{
      path, 0, [=, this](Milliseconds age) -> Answer<ServerResponse> {
        WSFS_RETURN_IF_ERROR(model_.CheckWorkspaceFiles());
        WSFS_TRY(const ObjectView view,
                 model_.GetStatus(
                     path, {Family::kWorkspaceFiles, false, false, age}));
        return JsonResponse(fmt::format(
            R"({{"wsfs_object_info":{{"object_info":{}}}}})", ToJson(view)));
      }};
}

Answer<Operation> Routes::ListFiles(const ServerRequest& request,
                                    HttpBody& /*body*/) {
  WSFS_TRY(const std::string path, QueryPath(request));
  return Operation{path, 0,
                   [=, this](Milliseconds age) -> Answer<ServerResponse> {
                     WSFS_TRY(const auto views, model_.ListFiles(path, age));
                     return JsonResponse(ToJson(views, "object_info"));
                   }};
}

Answer<Operation> Routes::Download(const ServerRequest& request,
                                   HttpBody& /*body*/) {
  const std::string path =
      "/" + http::PercentDecode(
                std::string_view(request.raw_path).substr(kFiles.size()),
                /*plus_is_blank=*/false)
                .value_or("");
  return Operation{path, 0, [=, this](Milliseconds) -> Answer<ServerResponse> {
                     WSFS_RETURN_IF_ERROR(model_.CheckWorkspaceFiles());
                     ServerResponse response;
                     response.content_type = "application/octet-stream";
                     WSFS_TRY(response.content, model_.Download(path));
                     return response;
                   }};
}

Answer<Operation> Routes::Me(const ServerRequest& /*request*/,
                             HttpBody& /*body*/) {
  return Operation{
      "", 0, [this](Milliseconds) -> Answer<ServerResponse> {
        const ServerUser& user = model_.options().user;
        const std::string name =
            user.user_name.substr(0, user.user_name.find('@'));
        const Json email = {
            {"type", "work"}, {"value", user.user_name}, {"primary", true}};
        ServerResponse response = JsonResponse(
            Dump({{"schemas", {"urn:ietf:params:scim:schemas:core:2.0:User"}},
                  {"id", user.user_id},
                  {"userName", user.user_name},
                  {"displayName", name},
                  {"active", true},
                  {"name", {{"givenName", name}}},
                  {"emails", Json::array({email})},
                  {"groups", Json::array()}}));
        response.content_type = "application/scim+json";
        response.headers.emplace_back("X-Databricks-Org-Id", user.workspace_id);
        return response;
      }};
}

Answer<Operation> Routes::Config(const ServerRequest& /*request*/,
                                 HttpBody& /*body*/) {
  return Operation{"", 0, [this](Milliseconds) -> Answer<ServerResponse> {
                     return JsonResponse(Dump(
                         {{"workspace_id", model_.options().user.workspace_id},
                          {"host_type", "workspace"},
                          {"cloud", "aws"}}));
                   }};
}

Answer<Operation> Routes::Telemetry(const ServerRequest& /*request*/,
                                    HttpBody& /*body*/) {
  return Operation{"", 0, [](Milliseconds) -> Answer<ServerResponse> {
                     return JsonResponse("{}");
                   }};
}

}  // namespace wsfs
