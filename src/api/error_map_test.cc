#include "api/error_map.h"

#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Row {
  const char* name;
  int status;
  const char* body;
  Errc expected;
};

void PrintTo(const Row& row, std::ostream* os) {
  *os << row.name;
}

class ErrorMapTest : public ::testing::TestWithParam<Row> {};

TEST_P(ErrorMapTest, TellsWhatTheAnswerMeans) {
  const Row& row = GetParam();
  const Errc errc = MeaningOf(row.status, ReadEnvelope(row.body));
  EXPECT_EQ(ToString(errc), ToString(row.expected));
}

constexpr Row kRows[] = {
    // databricks-api.md §1.0: shapes and auth.
    {"NoCredential", 401,
     R"j({"error_code":401,"message":"Credential was not sent or was of an unsupported type for this API. [ReqId: x]"})j",
     Errc::kUnauthenticated},
    {"WrongToken", 403,
     R"j({"error_code":403,"message":"Invalid access token."})j",
     Errc::kUnauthenticated},
    {"NumberAsText", 403,
     R"j({"error_code":"403","message":"Invalid access token."})j",
     Errc::kUnauthenticated},
    {"Denied", 403,
     R"j({"error_code":"PERMISSION_DENIED","message":"ada does not have View permissions on 1."})j",
     Errc::kPermissionDenied},
    {"DeniedWithoutBody", 403, "", Errc::kPermissionDenied},
    {"DeniedByHtml", 403, "<html><pre>no way</pre></html>",
     Errc::kPermissionDenied},
    {"Api12", 400, R"j({"error":"bad"})j", Errc::kInvalidArgument},
    {"Scim", 404, R"j({"detail":"gone","status":"404","scimType":"x"})j",
     Errc::kNotFound},
    {"PlainCode", 404, "RESOURCE_DOES_NOT_EXIST: Path (/x) doesn't exist.",
     Errc::kNotFound},
    {"CodeBeatsStatus", 500, R"j({"error_code":"RESOURCE_DOES_NOT_EXIST"})j",
     Errc::kNotFound},
    {"NoSuchApi", 404,
     R"j({"error_code":"ENDPOINT_NOT_FOUND","message":"No API found for 'POST /workspace/rename'"})j",
     Errc::kUnsupported},
    {"NoSuchApiWithoutCode", 404,
     R"j({"message":"No API found for 'POST /x'"})j", Errc::kUnsupported},
    {"Redirect", 303, "", Errc::kUnauthenticated},
    // A page of a proxy is not the service saying "gone".
    {"NotFoundPage", 404, "<html><body>not here</body></html>",
     Errc::kUnavailable},
    {"NotFoundWithoutBody", 404, "", Errc::kUnavailable},
    // §1.1 to §1.4.
    {"NotFound", 404,
     R"j({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Path (/Users/a/x) doesn't exist."})j",
     Errc::kNotFound},
    {"BadPath", 400,
     R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"Path (x) doesn't start with '/'"})j",
     Errc::kInvalidArgument},
    {"MkdirsOnFile", 400,
     R"j({"error_code":"RESOURCE_ALREADY_EXISTS","message":"/aalready exists and it is not a folder"})j",
     Errc::kAlreadyExists},
    {"FolderFull", 403,
     R"j({"error_code":"MAX_CHILD_NODE_SIZE_EXCEEDED","message":"Size limit exceeded for folder '/a'. Current size: 10000 Limit: 10000"})j",
     Errc::kNoSpace},
    {"Protected", 400,
     R"j({"error_code":"DIRECTORY_PROTECTED","message":"Folder Users is protected"})j",
     Errc::kProtected},
    {"NotEmpty", 400,
     R"j({"error_code":"DIRECTORY_NOT_EMPTY","message":"Folder (/a) is not empty"})j",
     Errc::kNotEmpty},
    // §1.5: the shapes of "exists" and of another type.
    {"Exists", 400,
     R"j({"error_code":"RESOURCE_ALREADY_EXISTS","message":"/a already exists. Please pass overwrite=true to overwrite it."})j",
     Errc::kAlreadyExists},
    {"ExistsRaced", 409,
     R"j({"error_code":"ALREADY_EXISTS","message":"Node with name /a already exists. Please pass overwrite=true to update it."})j",
     Errc::kAlreadyExists},
    {"ExistsRacedWithoutCode", 409,
     R"j({"message":"Node with name /a already exists. Please pass overwrite=true to update it."})j",
     Errc::kAlreadyExists},
    {"ExistsNotebookOld", 400, R"j({"message":"Path (/a) already exists."})j",
     Errc::kAlreadyExists},
    {"ExistsNotebookNew", 400,
     R"j({"error_code":"","message":"RESOURCE_ALREADY_EXISTS: /a already exists. Please pass overwrite=true to overwrite it."})j",
     Errc::kAlreadyExists},
    {"ExistsBare409", 409, "", Errc::kAlreadyExists},
    {"TypeMismatch", 400,
     R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"Cannot overwrite the asset at /a due to type mismatch (asked: FILE, actual: NOTEBOOK)."})j",
     Errc::kTypeMismatch},
    {"NodeTypeDiffers", 400,
     R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"Requested node type [FILE] is different from the existing node type [NOTEBOOK]"})j",
     Errc::kTypeMismatch},
    {"TypeMismatchByReason", 400,
     R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"x","details":[{"reason":"WORKSPACE_OBJECT_TYPE_MISMATCH"}]})j",
     Errc::kTypeMismatch},
    {"ParentMissing", 404,
     R"j({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"The parent folder (/a) does not exist."})j",
     Errc::kNotFound},
    {"ParentMissingUnknown", 400,
     R"j({"error_code":"UNKNOWN","message":"The parent folder (/a) does not exist."})j",
     Errc::kNotFound},
    {"NoInput", 400,
     R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"No input data source provided"})j",
     Errc::kInvalidArgument},
    // Sizes (§1.5, §1.6).
    {"ImportTooLarge", 400,
     R"j({"error_code":"MAX_NOTEBOOK_SIZE_EXCEEDED","message":"File size imported is (1 bytes), exceeded max size (10485760 bytes)"})j",
     Errc::kTooLarge},
    {"ExportTooLarge", 400,
     R"j({"error_code":"BAD_REQUEST","message":"Size exceeds 10485760 bytes"})j",
     Errc::kTooLarge},
    {"ExportTooLargeNotebook", 400,
     R"j({"error_code":"BAD_REQUEST","message":"Notebook size exceeded limit: 1 > 10485760"})j",
     Errc::kTooLarge},
    {"ReadTooLargeByReason", 400,
     R"j({"error_code":"BAD_REQUEST","message":"x","details":[{},{"reason":"MAX_READ_SIZE_EXCEEDED"}]})j",
     Errc::kTooLarge},
    {"TooLargeByStatus", 413, "", Errc::kTooLarge},
    // §2.5: not now.
    {"Throttled", 429,
     R"j({"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow"})j",
     Errc::kThrottled},
    {"ThrottledBare", 429, "", Errc::kThrottled},
    {"ThrottledWithAnotherStatus", 400,
     R"j({"error_code":"RESOURCE_EXHAUSTED","message":"slow"})j",
     Errc::kThrottled},
    {"Unavailable", 503,
     R"j({"error_code":"TEMPORARILY_UNAVAILABLE","message":"The service at /x is temporarily unavailable. Please try again later. [TraceId: -]"})j",
     Errc::kUnavailable},
    {"NoWebapps", 503,
     "No webapps are available to handle your request. Please try again later.",
     Errc::kUnavailable},
    {"BadGateway", 502, "<html>bad gateway</html>", Errc::kOutcomeUnknown},
    {"Internal", 500, R"j({"error_code":"INTERNAL_ERROR","message":"x"})j",
     Errc::kOutcomeUnknown},
    {"ColdTimeout", 504,
     R"j({"message":"request timed out after 1m0s of inactivity"})j",
     Errc::kOutcomeUnknown},
    {"NotImplemented", 501, "", Errc::kUnsupported},
};

INSTANTIATE_TEST_SUITE_P(Shapes, ErrorMapTest, ::testing::ValuesIn(kRows),
                         [](const auto& row) {
                           return std::string(row.param.name);
                         });

TEST(EnvelopeTest, SaysWhatTheServiceSaid) {
  const Envelope envelope =
      ReadEnvelope("{\"error_code\":\"X_Y\",\"message\":\"one\\ntwo\"}");
  EXPECT_EQ(Describe(400, envelope), "one two (400 X_Y)");
  EXPECT_EQ(Describe(500, ReadEnvelope("")),
            "the service gave no reason (500)");
  EXPECT_EQ(Describe(502, ReadEnvelope("<html><pre> bad\nday </pre>")),
            "bad day (502)");
}

TEST(EnvelopeTest, ShowsNoSecretsAndNoWholePages) {
  const Envelope envelope = ReadEnvelope(
      R"j({"message":"see https://blob.example/x?sig=abc Bearer dapi0123456789abcdef"})j");
  EXPECT_THAT(envelope.message, Not(HasSubstr("sig=abc")));
  EXPECT_THAT(envelope.message, Not(HasSubstr("dapi0123")));
  EXPECT_LT(ReadEnvelope(std::string(100'000, 'x')).message.size(), 310U);
  // Cut between two characters.
  std::string wide;
  for (int i = 0; i < 500; ++i) wide += "é";
  EXPECT_EQ(ReadEnvelope(wide).message.size() % 2, 1U);
}

TEST(EnvelopeTest, SurvivesNonsense) {
  for (const char* body : {"{", "[]", "null", "{\"error_code\":{}}",
                           "{\"details\":[1,null,[]]}", "\xff\xfe", "<", ": "})
    EXPECT_EQ(MeaningOf(400, ReadEnvelope(body)), Errc::kInvalidArgument)
        << body;
}

}  // namespace
}  // namespace wsfs
