#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "server/multipart.h"
#include "server/routes.h"
#include "server/routes_json.h"

namespace wsfs {
namespace {

constexpr std::uint64_t kMaxSmallBody = 1 << 20;
// 10 MB of content in base64, and the fields around it.
constexpr std::uint64_t kMaxImportBody = 16 << 20;
constexpr std::size_t kMaxField = 64 << 10;
constexpr std::size_t kBlockBytes = 256 << 10;
constexpr std::string_view kImportFile =
    "/api/2.0/workspace-files/import-file/";

Answer<ServerResponse> Empty(const Answer<void>& done) {
  if (!done.ok()) return done.error();
  return JsonResponse("{}");
}

ApiError BrokenBody(const Error& error) {
  if (error.code() == Errc::kInvalidArgument || error.code() == Errc::kTooLarge)
    return api_error::Malformed(error.message());
  if (error.code() == Errc::kUnreachable)
    return api_error::Malformed("The request's body broke off");
  return api_error::Internal(error.message());
}

/// Keeps what `read` gives, up to `limit`; counts the rest.
Answer<std::uint64_t> Spool(
    const std::function<Result<std::size_t>(std::span<std::byte>)>& read,
    std::uint64_t limit, ContentWriter& writer) {
  std::vector<std::byte> block(kBlockBytes);
  std::uint64_t total = 0;
  while (true) {
    const auto got = read(block);
    if (!got.ok()) return BrokenBody(got.error());
    if (*got == 0) return total;
    total += *got;
    if (total > limit) continue;
    const auto kept = writer.Append(std::span(block).first(*got));
    if (!kept.ok()) return api_error::Internal(kept.error().message());
  }
}

Answer<ContentPtr> Keep(Result<std::unique_ptr<ContentWriter>> writer,
                        std::string_view bytes) {
  if (!writer.ok()) return api_error::Internal(writer.error().message());
  if (const auto kept = (*writer)->Append(bytes); !kept.ok())
    return api_error::Internal(kept.error().message());
  auto content = (*writer)->Finish();
  if (!content.ok()) return api_error::Internal(content.error().message());
  return *std::move(content);
}

Answer<WireFormat> ToFormat(std::string_view text) {
  const auto format = WireFormatFromApi(text);
  if (!format)
    return api_error::Invalid(
        "format is none of AUTO, SOURCE, HTML, JUPYTER, "
        "DBC, R_MARKDOWN, RAW");
  return *format;
}

Answer<Language> ToLanguage(std::string_view text) {
  const Language language = LanguageFromApi(text);
  if (language == Language::kNone && !text.empty())
    return api_error::Invalid("language is none of PYTHON, SQL, SCALA, R");
  return language;
}

}  // namespace

Answer<Operation> Routes::Mkdirs(const ServerRequest& /*request*/,
                                 HttpBody& body) {
  WSFS_TRY(const auto fields, RequestFields::Read(body, kMaxSmallBody));
  WSFS_TRY(const std::string path, fields.Text("path"));
  return Operation{
      path, 0, [=, this](Milliseconds) { return Empty(model_.Mkdirs(path)); }};
}

Answer<Operation> Routes::Delete(const ServerRequest& /*request*/,
                                 HttpBody& body) {
  WSFS_TRY(const auto fields, RequestFields::Read(body, kMaxSmallBody));
  WSFS_TRY(const std::string path, fields.Text("path"));
  WSFS_TRY(const bool recursive, fields.Flag("recursive"));
  return Operation{path, 0, [=, this](Milliseconds) {
                     return Empty(model_.Delete(path, recursive));
                   }};
}

Answer<Operation> Routes::Rename(const ServerRequest& /*request*/,
                                 HttpBody& body) {
  WSFS_TRY(const auto fields, RequestFields::Read(body, kMaxSmallBody));
  WSFS_TRY(const std::string from, fields.Text("source_path"));
  WSFS_TRY(const std::string to, fields.Text("destination_path"));
  return Operation{from, 0, [=, this](Milliseconds) {
                     return Empty(model_.Rename(from, to));
                   }};
}

namespace {

/// A content that no tree names yet: a fault may keep it from ever being.
class Unplaced {
 public:
  explicit Unplaced(ContentPtr content) : content_(std::move(content)) {}
  Unplaced(const Unplaced&) = delete;
  Unplaced& operator=(const Unplaced&) = delete;
  ~Unplaced() {
    if (!tried_) content_->Drop();
  }
  void Tried() { tried_ = true; }

 private:
  ContentPtr content_;
  bool tried_ = false;
};

}  // namespace

Operation Routes::ToImport(ImportCall call) {
  const std::string path = call.path;
  const std::uint64_t bytes = call.payload_bytes;
  const auto unplaced = std::make_shared<Unplaced>(call.content);
  return {path, bytes,
          [call = std::move(call), unplaced,
           this](Milliseconds) -> Answer<ServerResponse> {
            unplaced->Tried();
            WSFS_TRY(const ObjectId id, model_.Import(call));
            const bool tells =
                model_.switches().Is(Switch::kImportAnswer, "object_id");
            ServerResponse response = JsonResponse(
                tells ? fmt::format("{{\"object_id\":{}}}", id) : "{}");
            // workspace-files answers with an empty body (§1.8).
            if (call.way == ImportWay::kImportFile) response.text.clear();
            return response;
          }};
}

Answer<Operation> Routes::Import(const ServerRequest& request, HttpBody& body) {
  const std::string boundary =
      MultipartReader::BoundaryOf(request.Header("content-type").value_or(""));
  return boundary.empty() ? ImportJson(body) : ImportForm(boundary, body);
}

Answer<Operation> Routes::ImportJson(HttpBody& body) {
  WSFS_TRY(const auto fields, RequestFields::Read(body, kMaxImportBody));
  if (fields.body_bytes() > kMaxImportBody)
    return api_error::TooLarge(fields.body_bytes() / 4 * 3,
                               kMaxJsonContentBytes);
  ImportCall call;
  call.way = ImportWay::kJson;
  WSFS_TRY(call.path, fields.Text("path"));
  WSFS_TRY(const std::string format, fields.TextOr("format", "SOURCE"));
  WSFS_TRY(call.format, ToFormat(format));
  WSFS_TRY(const std::string language, fields.TextOr("language", ""));
  WSFS_TRY(call.language, ToLanguage(language));
  WSFS_TRY(call.overwrite, fields.Flag("overwrite"));
  if (!fields.Has("content")) return api_error::NoInput();
  WSFS_TRY(const std::string encoded, fields.Text("content"));
  const auto bytes = base64::Decode(encoded);
  if (!bytes) return api_error::Malformed("content is not base64");
  call.payload_bytes = bytes->size();
  call.absent_at_start = !model_.Exists(call.path);
  WSFS_TRY(call.content, Keep(model_.NewContent(), *bytes));
  return ToImport(std::move(call));
}

namespace {

/// The fields of a form, in whatever order they come.
struct Form {
  std::string path;
  std::string format = "SOURCE";
  std::string language;
  bool overwrite = false;
  bool absent_at_start = false;
  std::unique_ptr<ContentWriter> content;
  std::uint64_t bytes = 0;
};

Answer<void> ReadField(MultipartReader& reader, std::string_view name,
                       Form& form) {
  const auto text = reader.ReadText(kMaxField);
  if (!text.ok()) return BrokenBody(text.error());
  if (name == "path") form.path = *text;
  if (name == "format") form.format = *text;
  if (name == "language") form.language = *text;
  if (name == "overwrite") form.overwrite = *text == "true";
  return {};
}

Answer<void> ReadContent(MultipartReader& reader, WorkspaceModel& model,
                         Form& form) {
  auto writer = model.NewContent();
  if (!writer.ok()) return api_error::Internal(writer.error().message());
  form.content = *std::move(writer);
  WSFS_TRY(form.bytes,
           Spool([&](std::span<std::byte> into) { return reader.Read(into); },
                 model.options().max_file_bytes, *form.content));
  return {};
}

}  // namespace

Answer<Operation> Routes::ImportForm(std::string_view boundary,
                                     HttpBody& body) {
  MultipartReader reader(boundary, body);
  Form form;
  while (true) {
    const auto name = reader.NextPart();
    if (!name.ok()) return BrokenBody(name.error());
    if (name->empty()) break;
    if (*name != "content") {
      WSFS_RETURN_IF_ERROR(ReadField(reader, *name, form));
      if (*name == "path") form.absent_at_start = !model_.Exists(form.path);
      continue;
    }
    WSFS_RETURN_IF_ERROR(ReadContent(reader, model_, form));
  }
  if (const auto rest = body.Drain(); !rest.ok())
    return BrokenBody(rest.error());
  const bool empty_refused =
      form.bytes == 0 &&
      model_.switches().Is(Switch::kMultipartEmptyPart, "refused");
  if (form.content == nullptr || empty_refused) return api_error::NoInput();
  ImportCall call;
  call.path = form.path;
  WSFS_TRY(call.format, ToFormat(form.format));
  WSFS_TRY(call.language, ToLanguage(form.language));
  call.overwrite = form.overwrite;
  call.absent_at_start = form.absent_at_start;
  call.payload_bytes = form.bytes;
  auto content = form.content->Finish();
  if (!content.ok()) return api_error::Internal(content.error().message());
  call.content = *std::move(content);
  return ToImport(std::move(call));
}

Answer<Operation> Routes::ImportFile(const ServerRequest& request,
                                     HttpBody& body) {
  WSFS_RETURN_IF_ERROR(model_.CheckWorkspaceFiles());
  ImportCall call;
  call.way = ImportWay::kImportFile;
  call.format = WireFormat::kAuto;
  // Escaped as one segment or as many: both are sent (§1.8).
  std::string path =
      http::PercentDecode(
          std::string_view(request.raw_path).substr(kImportFile.size()),
          /*plus_is_blank=*/false)
          .value_or("");
  call.path = path.starts_with('/') ? std::move(path) : "/" + path;
  call.overwrite = request.Query("overwrite") == "true";
  call.absent_at_start = !model_.Exists(call.path);
  auto writer = model_.NewContent();
  if (!writer.ok()) return api_error::Internal(writer.error().message());
  WSFS_TRY(call.payload_bytes,
           Spool([&](std::span<std::byte> into) { return body.Read(into); },
                 model_.options().max_import_file_bytes, **writer));
  auto content = (*writer)->Finish();
  if (!content.ok()) return api_error::Internal(content.error().message());
  call.content = *std::move(content);
  return ToImport(std::move(call));
}

Answer<Operation> Routes::NewFiles(const ServerRequest& /*request*/,
                                   HttpBody& /*body*/) {
  return api_error::Denied("This API is not enabled for the workspace");
}

}  // namespace wsfs
