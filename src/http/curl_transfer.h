#pragma once

#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "http/curl_transport.h"
#include "http/exchange.h"

namespace wsfs {

/// Owns a libcurl multi handle. The http thread only, but for Wake.
class CurlMulti {
 public:
  explicit CurlMulti(const CurlOptions& options);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  void Perform();
  /// Waits for traffic or Wake, at most `longest`.
  void Poll(Milliseconds longest);
  /// Ends the Poll of the http thread. Any thread.
  void Wake();

  struct Ended {
    const Exchange* call;
    std::optional<Error> error;  ///< nullopt: there is an answer.
  };
  std::optional<Ended> NextEnded();

 private:
  friend class CurlTransfer;
  void* multi_;  // CURLM
};

/// One easy handle at work on one Exchange. Destroying it takes it out of the
/// multi handle, and closes its connection if the transfer was not over. The
/// http thread only.
class CurlTransfer {
 public:
  /// `multi` and `clock` live longer.
  static Result<std::unique_ptr<CurlTransfer>> Start(
      CurlMulti& multi, const CurlOptions& options, const Clock& clock,
      std::shared_ptr<Exchange> call);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  const std::shared_ptr<Exchange>& call() const { return call_; }
  void Resume();
  /// Before the first Perform: connections made before `then` are not used.
  void AvoidConnectionsBefore(SteadyTime then);

 private:
  struct Callbacks;
  CurlTransfer(CurlMulti& multi, const Clock& clock,
               std::shared_ptr<Exchange> call);
  void SetUp(const CurlOptions& options);
  void SetUpTarget(const CurlOptions& options);
  void SetUpBody();
  void SetUpHeaders();

  CurlMulti& multi_;
  const Clock& clock_;
  const std::shared_ptr<Exchange> call_;
  void* easy_ = nullptr;     // CURL
  void* headers_ = nullptr;  // curl_slist
  bool added_ = false;
};

}  // namespace wsfs
