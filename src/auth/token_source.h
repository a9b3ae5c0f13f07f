#pragma once

#include <string>
#include <utility>

#include "base/sync.h"

namespace wsfs {

/// The token that calls are made with now. A mount that joins the engine may
/// bring a newer one; calls made afterwards use it.
///
/// Resource type, shared by reference. Thread-safe.
class TokenSource {
 public:
  explicit TokenSource(std::string token) : token_(std::move(token)) {}

  std::string Token() const EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return token_;
  }

  void Replace(std::string token) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    token_ = std::move(token);
  }

 private:
  mutable Mutex mutex_;
  std::string token_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
