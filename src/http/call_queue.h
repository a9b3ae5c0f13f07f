#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>

#include "http/exchange.h"

namespace wsfs {

/// Calls that wait for their turn: first by class, then by age, at most
/// `limit` of them. When it is full a call pushes out the youngest of a lower
/// class, or is refused itself.
///
/// One thread at a time.
class CallQueue {
 public:
  explicit CallQueue(std::size_t limit) : limit_(limit) {}

  /// What had to go to make room: null, another call, or `call` itself.
  std::shared_ptr<Exchange> Push(std::shared_ptr<Exchange> call);
  /// The next to go when `in_flight` of `max_in_flight` are under way; null
  /// when there is none. One place in 16 is kept for calls that someone waits
  /// for.
  std::shared_ptr<Exchange> Pop(std::size_t in_flight,
                                std::size_t max_in_flight);
  /// False when it was not in the queue.
  bool Remove(const Exchange& call);
  /// Would Pop answer one?
  bool Ready(std::size_t in_flight, std::size_t max_in_flight) const;
  std::size_t size() const { return size_; }
  /// How many wait, by class.
  std::array<std::size_t, kCallClasses> Waiting() const;

 private:
  /// The class whose turn it is; kCallClasses for none.
  std::size_t NextClass(std::size_t in_flight, std::size_t max_in_flight) const;

  std::size_t limit_;
  std::size_t size_ = 0;
  std::array<std::deque<std::shared_ptr<Exchange>>, kCallClasses> waiting_;
};

}  // namespace wsfs
