#include "server/request_log.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wsfs {
namespace {

constexpr std::size_t kMaxKept = 100'000;

std::string ToLine(const LoggedRequest& request) {
  const nlohmann::json json = {
      {"route", request.route},        {"method", request.method},
      {"path", request.path},          {"object", request.object},
      {"status", request.status},      {"at_ms", request.at_ms},
      {"ms", request.took_ms},         {"bytes_in", request.bytes_in},
      {"bytes_out", request.bytes_out}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace

Result<void> RequestLog::WriteTo(const std::string& file) {
  UniqueFd fd(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd.valid())
    return Error(Errc::kIo, fmt::format("cannot write the request log {}: {}",
                                        file, std::strerror(errno)));
  const MutexLock lock(mutex_);
  file_ = std::move(fd);
  return {};
}

void RequestLog::Add(LoggedRequest request) {
  const MutexLock lock(mutex_);
  if (file_.valid()) {
    const std::string line = ToLine(request);
    // A log that cannot be written is no reason to fail a request.
    static_cast<void>(::write(file_.get(), line.data(), line.size()) < 0);
  }
  ++counts_[request.route];
  requests_.push_back(std::move(request));
  if (requests_.size() > kMaxKept) requests_.pop_front();
}

std::vector<LoggedRequest> RequestLog::Requests() const {
  const MutexLock lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

std::uint64_t RequestLog::CountOf(std::string_view route) const {
  const MutexLock lock(mutex_);
  const auto found = counts_.find(route);
  return found == counts_.end() ? 0 : found->second;
}

std::uint64_t RequestLog::Total() const {
  const MutexLock lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& [route, count] : counts_) total += count;
  return total;
}

void RequestLog::Clear() {
  const MutexLock lock(mutex_);
  requests_.clear();
  counts_.clear();
}

}  // namespace wsfs
