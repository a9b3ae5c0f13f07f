#include "http/curl_error.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include "http/url.h"

namespace wsfs {
namespace {

// Of OpenSSL's X509_V_*, which libcurl passes on as numbers. When the name is
// wrong it asks no further, and the verdict is still what it began with.
constexpr long kCertificateIsFine = 0;
constexpr long kCertificateNotLookedAt = 1;
constexpr long kCertificateNotYetValid = 9;
constexpr long kCertificateHasExpired = 10;

/// The status by which a proxy refused to connect; 0 where none did.
long RefusalOfProxy(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
  return status / 100 == 2 ? 0 : status;
}

Errc Meaning(CURL* easy, CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PROXY: return Errc::kUnreachable;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return Errc::kInvalidArgument;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return Errc::kCorrupt;
    default:
      return RefusalOfProxy(easy) != 0 ? Errc::kUnreachable
                                       : Errc::kOutcomeUnknown;
  }
}

/// A certificate that was not accepted: the wrong one, or of the wrong people.
std::string_view AboutCertificate(CURL* easy) {
  long verdict = kCertificateIsFine;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  switch (verdict) {
    case kCertificateIsFine:
    case kCertificateNotLookedAt:
      return "the server's certificate is for another name; check "
             "DATABRICKS_HOST or the host of the profile";
    case kCertificateNotYetValid:
    case kCertificateHasExpired:
      return "the server's certificate is not valid at this time; check this "
             "machine's clock";
    default:
      return "this machine does not trust who signed the server's certificate; "
             "if your network has its own authority, set DATABRICKS_CA_BUNDLE "
             "to the file with its certificate";
  }
}

std::string Sentence(CURL* easy, CURLcode code) {
  if (const long status = RefusalOfProxy(easy); status != 0)
    return fmt::format("the proxy answered {}; check HTTPS_PROXY and NO_PROXY",
                       status);
  std::string said = curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return std::string(AboutCertificate(easy));
    case CURLE_COULDNT_RESOLVE_HOST:
      return said + "; check the name of the workspace and the network";
    case CURLE_COULDNT_CONNECT:
      return said + "; check the network and, where it is set, HTTPS_PROXY";
    case CURLE_SSL_CONNECT_ERROR:
      return "the server does not speak TLS as wsfs does; check "
             "DATABRICKS_HOST or the host of the profile";
    case CURLE_SSL_CACERT_BADFILE:
      return "the file with the certificates to trust cannot be used; check "
             "DATABRICKS_CA_BUNDLE and SSL_CERT_FILE";
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY: return said + "; check HTTPS_PROXY and NO_PROXY";
    default: return said;
  }
}

}  // namespace

Error TransferError(void* easy, int code, const std::string& url) {
  const auto reason = static_cast<CURLcode>(code);
  return {Meaning(easy, reason),
          fmt::format("{}: {}", UrlForPeople(url), Sentence(easy, reason))};
}

}  // namespace wsfs
