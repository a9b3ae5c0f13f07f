#include "conformance_table.h"

namespace wsfs {
namespace {

WireRequest WithoutToken(WireRequest request, std::string header) {
  request.with_token = false;
  if (!header.empty()) request.headers.push_back(std::move(header));
  return request;
}

WireRequest Of(std::string method, std::string target) {
  WireRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  return request;
}

const std::string kMe = "/api/2.0/preview/scim/v2/Me";

Group Common() {
  return {
      "Common",
      {
          {"no credential", WithoutToken(Get(kMe), ""), 401, "401",
           MessageHas("Credential was not sent or was of an unsupported type"),
           "A", "1.0"},
          {"basic credential",
           WithoutToken(Get(kMe), "Authorization: Basic dTpw"),
           401,
           "401",
           {},
           "E",
           "1.0"},
          {"wrong token",
           WithoutToken(Get(kMe), "Authorization: Bearer dapi-wrong"), 403,
           "403", Message("Invalid access token."), "A", "1.0"},
          {"wrong token says so in a header",
           WithoutToken(List("/"), "Authorization: Bearer dapi-wrong"), 403,
           "403",
           HeaderHas("x-databricks-reason-phrase", "Invalid access token."),
           "A", "1.0"},
          {"unknown API", Get("/api/2.0/no-such-thing/list"), 404,
           "ENDPOINT_NOT_FOUND",
           Message("No API found for 'GET /no-such-thing/list'"), "B", "5.2"},
          {"unknown API by POST", Of("POST", "/api/2.0/no-such-thing"), 404,
           "ENDPOINT_NOT_FOUND",
           Message("No API found for 'POST /no-such-thing'"), "B", "5.2"},
          {"unknown version",
           Get("/api/2.9/workspace/list"),
           404,
           "ENDPOINT_NOT_FOUND",
           {},
           "E",
           "5.2"},
          {"wrong method",
           Of("POST", "/api/2.0/workspace/list"),
           404,
           "ENDPOINT_NOT_FOUND",
           {},
           "E",
           "5.2"},
          {"me", Get(kMe), 200, "",
           All({HasField("userName"), HasField("id"), HasField("emails"),
                Field("active", true)}),
           "B", "1.10"},
          {"me tells the workspace", Get(kMe), 200, "",
           HeaderHas("x-databricks-org-id", ""), "B", "1.0"},
          {"answers carry a request id", Get(kMe), 200, "",
           HeaderHas("x-databricks-request-id", ""), "B", "1.0"},
          {"answers carry a date", Get(kMe), 200, "", HeaderHas("date", "GMT"),
           "A", "3"},
          {"discovery needs no token",
           WithoutToken(Get("/.well-known/databricks-config"), ""), 200, "",
           HasField("host_type"), "A", "1.14"},
          {"telemetry is taken",
           Of("POST", "/telemetry-ext"),
           200,
           "",
           {},
           "B",
           "1.14"},
          {"path must begin with a slash", Status("Users"), 400,
           "INVALID_PARAMETER_VALUE",
           Message("Path (Users) doesn't start with '/'"), "A", "1.1"},
          {"path must be there",
           Get("/api/2.0/workspace/get-status"),
           400,
           "INVALID_PARAMETER_VALUE",
           {},
           "E",
           "1.1"},
          {"body must be JSON",
           Post("mkdirs", "text"),
           400,
           "",
           {},
           "E",
           "1.0"},
          {"field must have its type",
           Post("mkdirs", {{"path", 7}}),
           400,
           "",
           {},
           "E",
           "1.0"},
          {"unknown fields are ignored",
           Post("mkdirs", {{"path", "$S/u"}, {"nobody_knows", 1}}),
           200,
           "",
           {},
           "C",
           "1.0"},
      }};
}

Group GetStatus() {
  return {
      "GetStatus",
      {
          {"file", PutFile("$S/f.txt", "hello"), 200, "", {}, "A", "1.5"},
          {"a file's fields", Status("$S/f.txt"), 200, "",
           All({Field("object_type", "FILE"), Field("path", "$S/f.txt"),
                HasField("object_id"), HasField("resource_id"),
                HasField("created_at"), HasField("modified_at")}),
           "A", "1.2"},
          {"a file has no size", Status("$S/f.txt"), 200, "", NoField("size"),
           "A", "1.2"},
          {"a file has no language", Status("$S/f.txt"), 200, "",
           NoField("language"), "A", "2.1"},
          {"resource_id is a string", Status("$S/f.txt"), 200, "",
           [](const WireAnswer&, const nlohmann::json& json) {
             const bool same =
                 json["resource_id"].is_string() &&
                 json["resource_id"].get<std::string>() ==
                     std::to_string(json["object_id"].get<std::int64_t>());
             return std::string(same ? "" : "it is not the number as text");
           },
           "A", "2.1"},
          {"a folder", Status("$S"), 200, "",
           All({Field("object_type", "DIRECTORY"), HasField("object_id"),
                NoField("modified_at"), NoField("size")}),
           "A", "2.1"},
          {"a notebook",
           PutNotebook("$S/n", "PYTHON", "1"),
           200,
           "",
           {},
           "A",
           "1.5"},
          {"a notebook's fields", Status("$S/n"), 200, "",
           All({Field("object_type", "NOTEBOOK"), Field("language", "PYTHON"),
                HasField("modified_at"), NoField("size"),
                NoField("repos_export_format")}),
           "A", "1.1"},
          {"export info on request", Status("$S/n", "&return_export_info=true"),
           200, "", Field("repos_export_format", "SOURCE"), "A", "1.1"},
          {"git info on request", Status("$S", "&return_git_info=true"), 200,
           "", Field("directory_info.is_git_folder", false), "C", "2.1"},
          {"missing", Status("$S/no"), 404, "RESOURCE_DOES_NOT_EXIST",
           Message("Path ($S/no) doesn't exist."), "A", "1.1"},
          {"missing parent says the same", Status("$S/no/a"), 404,
           "RESOURCE_DOES_NOT_EXIST", Message("Path ($S/no/a) doesn't exist."),
           "B", "1.1"},
          {"below a file",
           Status("$S/f.txt/x"),
           404,
           "RESOURCE_DOES_NOT_EXIST",
           {},
           "E",
           "1.1"},
          {"the prefix is an alias and echoed", Status("/Workspace$S/f.txt"),
           200, "", Field("path", "/Workspace$S/f.txt"), "A", "1.1"},
          {"two slashes lose the prefix", Status("//Workspace$S/f.txt"), 200,
           "", Field("path", "$S/f.txt"), "A", "1.1"},
          {"an error repeats the request verbatim", Status("//Workspace$S/no"),
           404, "RESOURCE_DOES_NOT_EXIST",
           Message("Path (//Workspace$S/no) doesn't exist."), "A", "1.1"},
          {"slashes collapse", Status("$S//f.txt"), 200, "",
           Field("path", "$S/f.txt"), "A", "2.3"},
          {"the root", Status("/"), 200, "", Field("object_type", "DIRECTORY"),
           "C", "1.2"},
          {"names are case-sensitive",
           Status("$S/F.TXT"),
           404,
           "RESOURCE_DOES_NOT_EXIST",
           {},
           "E",
           "2.3"},
      }};
}

Group Listing() {
  return {
      "Listing",
      {
          {"an empty folder lists nothing", List("$S"), 200, "", Names({}), "A",
           "1.2"},
          {"it is {}", List("$S"), 200, "", Body("{}"), "E", "1.2"},
          {"folder in it", Mkdirs("$S/d/e"), 200, "", {}, "A", "1.3"},
          {"file in it", PutFile("$S/b.txt", "b"), 200, "", {}, "A", "1.5"},
          {"notebook in it",
           PutNotebook("$S/a", "SQL", "SELECT 1"),
           200,
           "",
           {},
           "A",
           "1.5"},
          {"children, not grandchildren", List("$S"), 200, "",
           Names({"a", "b.txt", "d"}), "C", "1.2"},
          {"no sizes in a listing", List("$S"), 200, "",
           [](const WireAnswer& answer, const nlohmann::json&) {
             const bool sized = answer.body.contains("\"size\"");
             return std::string(sized ? "it tells sizes" : "");
           },
           "A", "1.2"},
          {"children have the request's prefix", List("/Workspace$S/d"), 200,
           "", BodyHas("\"/Workspace$S/d/e\""), "A", "1.1"},
          {"a file lists as itself", List("$S/b.txt"), 200, "",
           All({Names({"b.txt"}), BodyHas("\"path\":\"$S/b.txt\"")}), "B",
           "1.2"},
          {"a notebook lists as itself", List("$S/a"), 200, "", Names({"a"}),
           "B", "1.2"},
          {"missing", List("$S/no"), 404, "RESOURCE_DOES_NOT_EXIST",
           Message("Path ($S/no) doesn't exist."), "A", "1.2"},
          {"old notebooks are left out",
           List("$S", "&notebooks_modified_after=99999999999999"), 200, "",
           Names({"b.txt", "d"}), "C", "1.2"},
          {"new notebooks are not", List("$S", "&notebooks_modified_after=1"),
           200, "", Names({"a", "b.txt", "d"}), "C", "1.2"},
          {"the root", List("/"), 200, "", BodyHas("\"/Users\""), "C", "1.2"},
          {"the root by its other name", List("/Workspace"), 200, "",
           BodyHas("\"/Workspace/Users\""), "E", "1.2"},
      }};
}

}  // namespace

std::vector<Group> ReadGroups() {
  return {Common(), GetStatus(), Listing()};
}

}  // namespace wsfs
