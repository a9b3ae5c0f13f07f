#include "http/call_queue.h"

#include <algorithm>
#include <utility>

namespace wsfs {
namespace {

constexpr std::size_t kReservedPart = 16;

std::size_t Rank(const Exchange& call) {
  return static_cast<std::size_t>(call.request().call_class);
}

}  // namespace

std::shared_ptr<Exchange> CallQueue::Push(std::shared_ptr<Exchange> call) {
  const std::size_t rank = Rank(*call);
  std::shared_ptr<Exchange> refused;
  if (size_ == limit_) {
    std::size_t worst = kCallClasses - 1;
    while (worst > rank && waiting_.at(worst).empty()) --worst;
    if (worst <= rank) return call;
    refused = std::move(waiting_.at(worst).back());
    waiting_.at(worst).pop_back();
    --size_;
  }
  waiting_.at(rank).push_back(std::move(call));
  ++size_;
  return refused;
}

std::size_t CallQueue::NextClass(std::size_t in_flight,
                                 std::size_t max_in_flight) const {
  std::size_t rank = 0;
  while (rank < kCallClasses && waiting_.at(rank).empty()) ++rank;
  const std::size_t reserved = rank == 0 ? 0 : max_in_flight / kReservedPart;
  return in_flight + reserved < max_in_flight ? rank : kCallClasses;
}

bool CallQueue::Ready(std::size_t in_flight, std::size_t max_in_flight) const {
  return NextClass(in_flight, max_in_flight) < kCallClasses;
}

std::shared_ptr<Exchange> CallQueue::Pop(std::size_t in_flight,
                                         std::size_t max_in_flight) {
  const std::size_t rank = NextClass(in_flight, max_in_flight);
  if (rank == kCallClasses) return nullptr;
  std::shared_ptr<Exchange> call = std::move(waiting_.at(rank).front());
  waiting_.at(rank).pop_front();
  --size_;
  return call;
}

std::array<std::size_t, kCallClasses> CallQueue::Waiting() const {
  std::array<std::size_t, kCallClasses> counts{};
  std::ranges::transform(waiting_, counts.begin(),
                         [](const auto& calls) { return calls.size(); });
  return counts;
}

bool CallQueue::Remove(const Exchange& call) {
  auto& calls = waiting_.at(Rank(call));
  const auto found = std::ranges::find_if(
      calls, [&call](const auto& held) { return held.get() == &call; });
  if (found == calls.end()) return false;
  calls.erase(found);
  --size_;
  return true;
}

}  // namespace wsfs
