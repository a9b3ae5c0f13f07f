// Import and export of RestWorkspace (databricks-api.md §1.5, §1.6).

#include <utility>

#include <fmt/format.h>

#include "api/auto_format.h"
#include "api/json_out.h"
#include "api/multipart.h"
#include "api/rest_workspace.h"
#include "http/url.h"

namespace wsfs {
namespace {

constexpr std::string_view kImport = "/api/2.0/workspace/import";

std::string_view ToApi(ImportFormat format) {
  switch (format) {
    case ImportFormat::kRaw: return "RAW";
    case ImportFormat::kSource: return "SOURCE";
    case ImportFormat::kJupyter: return "JUPYTER";
    case ImportFormat::kAuto: return "AUTO";
  }
  std::unreachable();
}

std::string_view ToApi(ExportFormat format) {
  switch (format) {
    case ExportFormat::kSource: return "SOURCE";
    case ExportFormat::kAuto: return "AUTO";
    case ExportFormat::kJupyter: return "JUPYTER";
  }
  std::unreachable();
}

bool IsRefusedRaw(const ImportRequest& request, const Error& error,
                  const Envelope& refusal) {
  return request.format == ImportFormat::kRaw &&
         error.code() == Errc::kInvalidArgument && refusal.recognized &&
         refusal.message.contains("RAW");
}

RestCall ImportCallFor(const ImportRequest& request) {
  RestCall call;
  call.method = "POST";
  call.target = kImport;
  call.effect = Effect::kWrite;
  call.what = "import " + request.path.text();
  return call;
}

}  // namespace

Result<void> RestWorkspace::Import(const ImportRequest& request,
                                   ByteSource& content,
                                   const CallOptions& options) {
  Envelope refusal;
  const auto as_auto = [&] {
    ImportRequest other = request;
    other.format = ImportFormat::kAuto;
    return ImportAs(other, content, options, refusal);
  };
  if (request.format == ImportFormat::kRaw && raw_refused_) {
    WSFS_TRY(const bool would_do, AutoMakesAFile(request.path.Name(), content));
    if (would_do) return as_auto();
  }
  Result<void> done = ImportAs(request, content, options, refusal);
  if (done.ok() || !IsRefusedRaw(request, done.error(), refusal)) return done;
  WSFS_TRY(const bool would_do, AutoMakesAFile(request.path.Name(), content));
  if (!would_do) return done;
  Result<void> instead = as_auto();
  if (instead.ok()) raw_refused_ = true;
  return instead;
}

Result<void> RestWorkspace::ImportAs(const ImportRequest& request,
                                     ByteSource& content,
                                     const CallOptions& options,
                                     Envelope& refusal) {
  // JSON is known to take an empty content, a multipart form is not (§7.15).
  if (content.size_bytes() == 0) return ImportEmpty(request, options, refusal);
  MultipartBody body(RandomBoundary(), content);
  body.AddField("path", request.path.text());
  body.AddField("format", ToApi(request.format));
  if (request.language != Language::kNone)
    body.AddField("language", ToApi(request.language));
  body.AddField("overwrite", request.overwrite ? "true" : "false");
  body.FinishFields();
  RestCall call = ImportCallFor(request);
  call.content_type = body.ContentType();
  call.source = &body;
  WSFS_RETURN_IF_ERROR(caller_.Make(call, options, &refusal));
  return {};
}

Result<void> RestWorkspace::ImportEmpty(const ImportRequest& request,
                                        const CallOptions& options,
                                        Envelope& refusal) {
  JsonFields fields = {{"path", request.path.text()},
                       {"format", std::string(ToApi(request.format))},
                       {"overwrite", request.overwrite},
                       {"content", ""}};
  if (request.language != Language::kNone)
    fields.emplace_back("language", std::string(ToApi(request.language)));
  RestCall call = ImportCallFor(request);
  WSFS_TRY(call.text, ToJson(fields));
  WSFS_RETURN_IF_ERROR(caller_.Make(call, options, &refusal));
  return {};
}

Result<void> RestWorkspace::Export(const RemotePath& path, ExportFormat format,
                                   ByteSink& sink, const CallOptions& options) {
  RestCall call;
  call.target = fmt::format(
      "/api/2.0/workspace/export?path={}&format={}&direct_download=true",
      PercentEncode(path.text()), ToApi(format));
  call.what = "export " + path.text();
  call.sink = &sink;
  Envelope refusal;
  const auto response = caller_.Make(call, options, &refusal);
  if (response.ok()) return {};
  // The sink may call something too large, too: that is no refusal.
  if (response.error().code() != Errc::kTooLarge || !refusal.recognized)
    return response.error();
  return Download(path, sink, options, response.error());
}

Result<void> RestWorkspace::Download(const RemotePath& path, ByteSink& sink,
                                     const CallOptions& options,
                                     const Error& too_large) {
  RestCall call;
  call.target =
      fmt::format("/api/2.0/workspace-files/{}",
                  PercentEncode(std::string_view(path.text()).substr(1)));
  call.what = "download " + path.text();
  call.sink = &sink;
  const auto response = caller_.Make(call, options);
  if (response.ok()) return {};
  switch (response.error().code()) {
    case Errc::kPermissionDenied:
    case Errc::kUnsupported:
    case Errc::kNotFound:
    case Errc::kInvalidArgument:
    case Errc::kTooLarge:
      return Error(Errc::kTooLarge,
                   fmt::format("{}; and this workspace has no other way of "
                               "download for it",
                               too_large.message()));
    default: return response.error();
  }
}

}  // namespace wsfs
