#include "api/rest_workspace.h"

#include <utility>

#include <fmt/format.h>

#include "api/json_in.h"
#include "api/json_out.h"
#include "http/url.h"

namespace wsfs {
namespace {

RestCall Get(std::string target, std::string what) {
  RestCall call;
  call.target = std::move(target);
  call.what = std::move(what);
  return call;
}

Result<RestCall> Post(std::string_view target, const JsonFields& fields,
                      Effect effect, std::string what) {
  RestCall call;
  call.method = "POST";
  call.target = target;
  WSFS_TRY(call.text, ToJson(fields));
  call.effect = effect;
  call.what = std::move(what);
  return call;
}

std::string WithPath(std::string_view target, const RemotePath& path) {
  return fmt::format("{}?path={}", target, PercentEncode(path.text()));
}

}  // namespace

RestWorkspace::RestWorkspace(std::string host, Transport& transport,
                             const TokenSource& tokens, const Clock& clock,
                             Pause& pause)
    : caller_(std::move(host), transport, tokens, clock, pause) {}

Result<ObjectInfo> RestWorkspace::GetStatus(const RemotePath& path,
                                            const CallOptions& options) {
  const RestCall call = Get(WithPath("/api/2.0/workspace/get-status", path) +
                                "&return_export_info=true",
                            "get-status " + path.text());
  WSFS_TRY(HttpResponse response, caller_.Make(call, options));
  return ReadStatus(response.body, path);
}

Result<std::vector<ObjectInfo>> RestWorkspace::List(
    const RemotePath& path, const CallOptions& options) {
  const RestCall call =
      Get(WithPath("/api/2.0/workspace/list", path), "list " + path.text());
  WSFS_TRY(HttpResponse response, caller_.Make(call, options));
  return ReadListing(response.body, path);
}

Result<std::vector<ObjectInfo>> RestWorkspace::ListFiles(
    const RemotePath& path, const CallOptions& options) {
  const RestCall call =
      Get(WithPath("/api/2.0/workspace-files/list-files", path),
          "list-files " + path.text());
  auto response = caller_.Make(call, options);
  if (!response.ok()) {
    // Tokens without the all-apis scope get a 403 here and nowhere else.
    if (response.error().code() == Errc::kPermissionDenied)
      return Error(Errc::kUnsupported, response.error().message());
    return std::move(response).error();
  }
  return ReadListing(response->body, path);
}

Result<void> RestWorkspace::Mkdirs(const RemotePath& path,
                                   const CallOptions& options) {
  WSFS_TRY(const RestCall call,
           Post("/api/2.0/workspace/mkdirs", {{"path", path.text()}},
                Effect::kWrite, "mkdirs " + path.text()));
  WSFS_RETURN_IF_ERROR(caller_.Make(call, options));
  return {};
}

Result<void> RestWorkspace::Delete(const RemotePath& path, bool recursive,
                                   const CallOptions& options) {
  WSFS_TRY(const RestCall call,
           Post("/api/2.0/workspace/delete",
                {{"path", path.text()}, {"recursive", recursive}},
                Effect::kDelete, "delete " + path.text()));
  WSFS_RETURN_IF_ERROR(caller_.Make(call, options));
  return {};
}

Result<void> RestWorkspace::Rename(const RemotePath& from, const RemotePath& to,
                                   const CallOptions& options) {
  WSFS_TRY(const RestCall call,
           Post("/api/2.0/workspace/rename",
                {{"source_path", from.text()}, {"destination_path", to.text()}},
                Effect::kWrite,
                fmt::format("rename {} to {}", from.text(), to.text())));
  WSFS_RETURN_IF_ERROR(caller_.Make(call, options));
  return {};
}

Result<Identity> RestWorkspace::Me(const CallOptions& options) {
  const RestCall call =
      Get("/api/2.0/preview/scim/v2/Me", "sign in to the workspace");
  WSFS_TRY(HttpResponse response, caller_.Make(call, options));
  WSFS_TRY(Identity identity, ReadIdentity(response.body));
  identity.workspace_id = response.Header("x-databricks-org-id").value_or("");
  return identity;
}

}  // namespace wsfs
