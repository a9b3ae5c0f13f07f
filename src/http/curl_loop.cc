#include "http/curl_loop.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

namespace wsfs {
namespace {

constexpr Milliseconds kLongestPoll{1000};

/// Signals are for other threads, and a connection that breaks while TLS
/// writes to it must not end the process by SIGPIPE.
void BlockSignals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

CurlLoop::CurlLoop(const CurlOptions& options, const Clock& clock)
    : options_(options),
      clock_(clock),
      multi_(options),
      rate_limit_(options.requests_per_second),
      queue_(options.max_queued),
      thread_("wsfs-http", [this] { Run(); }) {}

CurlLoop::~CurlLoop() {
  Stop();
}

void CurlLoop::Submit(const std::shared_ptr<Exchange>& call) {
  std::shared_ptr<Exchange> refused;
  bool stopped = false;
  {
    const MutexLock lock(mutex_);
    stopped = stop_;
    if (!stopped) refused = queue_.Push(call);
  }
  if (stopped) call->Finish(Error(Errc::kCancelled, "the program is ending"));
  if (refused != nullptr)
    refused->Finish(Error(Errc::kUnavailable,
                          "too many calls wait for the service already"));
  multi_.Wake();
}

void CurlLoop::Resume(const std::shared_ptr<Exchange>& call) {
  {
    const MutexLock lock(mutex_);
    resumed_.push_back(call);
  }
  multi_.Wake();
}

void CurlLoop::Drop(const std::shared_ptr<Exchange>& call) {
  {
    const MutexLock lock(mutex_);
    if (stop_ || queue_.Remove(*call)) return;
    dropped_.push_back(call);
  }
  multi_.Wake();
}

CallLoad CurlLoop::Load() const {
  CallLoad load;
  load.in_flight = in_flight_;
  load.max_in_flight = options_.max_in_flight;
  const MutexLock lock(mutex_);
  load.waiting = queue_.Waiting();
  return load;
}

void CurlLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
  }
  multi_.Wake();
  thread_.Join();
}

void CurlLoop::Run() {
  BlockSignals();
  while (TakeOrders()) {
    const std::optional<SteadyTime> wait = StartCalls();
    multi_.Perform();
    // A finished call leaves a free place: look at the queue before waiting.
    if (!FinishTransfers()) WaitForEvents(wait);
  }
  EndAll();
}

bool CurlLoop::TakeOrders() {
  std::vector<std::shared_ptr<Exchange>> resumed;
  std::vector<std::shared_ptr<Exchange>> dropped;
  {
    const MutexLock lock(mutex_);
    if (stop_) return false;
    resumed.swap(resumed_);
    dropped.swap(dropped_);
  }
  for (const auto& call : dropped) {
    if (call->WentSilent()) suspect_before_ = std::chrono::steady_clock::now();
    running_.erase(call.get());
  }
  for (const auto& call : resumed) {
    const auto found = running_.find(call.get());
    if (found != running_.end()) found->second->Resume();
  }
  return true;
}

std::optional<SteadyTime> CurlLoop::StartCalls() {
  std::optional<SteadyTime> wait;
  while (const std::shared_ptr<Exchange> call = NextCall(wait)) {
    auto transfer = CurlTransfer::Start(multi_, options_, clock_, call);
    if (transfer.ok() && suspect_before_)
      (*transfer)->AvoidConnectionsBefore(*suspect_before_);
    if (!transfer.ok())
      call->Finish(std::move(transfer).error());
    else
      running_.emplace(call.get(), *std::move(transfer));
  }
  in_flight_ = running_.size();
  return wait;
}

std::shared_ptr<Exchange> CurlLoop::NextCall(std::optional<SteadyTime>& wait) {
  const MutexLock lock(mutex_);
  if (!queue_.Ready(running_.size(), options_.max_in_flight)) return nullptr;
  wait = rate_limit_.Take(std::chrono::steady_clock::now());
  if (wait) return nullptr;
  return queue_.Pop(running_.size(), options_.max_in_flight);
}

bool CurlLoop::FinishTransfers() {
  bool any = false;
  while (std::optional<CurlMulti::Ended> ended = multi_.NextEnded()) {
    const auto found = running_.find(ended->call);
    if (found == running_.end()) continue;
    // Freed before the caller is told, so that its place is free by then.
    const std::shared_ptr<Exchange> call = found->second->call();
    running_.erase(found);
    call->Finish(std::move(ended->error));
    any = true;
  }
  return any;
}

void CurlLoop::WaitForEvents(std::optional<SteadyTime> until) {
  Milliseconds longest = kLongestPoll;
  if (until) {
    const auto left = std::chrono::ceil<Milliseconds>(
        *until - std::chrono::steady_clock::now());
    longest = std::clamp(left, Milliseconds(0), kLongestPoll);
  }
  multi_.Poll(longest);
}

void CurlLoop::EndAll() {
  std::vector<std::shared_ptr<Exchange>> calls;
  calls.reserve(running_.size());
  for (const auto& [key, transfer] : running_)
    calls.push_back(transfer->call());
  running_.clear();
  {
    const MutexLock lock(mutex_);
    while (auto call = queue_.Pop(0, options_.max_in_flight))
      calls.push_back(std::move(call));
    resumed_.clear();
    dropped_.clear();
  }
  for (const auto& call : calls)
    call->Finish(Error(Errc::kCancelled, "the program is ending"));
}

}  // namespace wsfs
