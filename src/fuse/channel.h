#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <sys/types.h>

struct fuse_session;
struct iovec;

namespace wsfs {

/// The bytes between us and /dev/fuse, where libfuse 3.14 has no word for
/// what we want: it never passes PARALLEL_DIROPS on (fuse.md §0.3), and does
/// not know the notification that expires every entry at once.
///
/// Resource type, one per session, which it must outlive. Thread-safe.
class Channel {
 public:
  /// Puts itself between `session`, which is mounted, and its descriptor.
  bool Attach(fuse_session* session);

  /// Every name this kernel has cached is looked up again from now on. False
  /// on kernels before 6.16, which cannot.
  bool ExpireAllEntries();
  bool can_expire_all() const { return can_expire_all_; }

 private:
  static Channel* Of(void* userdata);
  void SeeRequest(const void* bytes, std::size_t size);
  static ssize_t Read(int fd, void* buffer, std::size_t size, void* userdata);
  static ssize_t Write(int fd, struct iovec* parts, int count, void* userdata);

  int fd_ = -1;
  std::atomic<std::uint64_t> init_request_ = 0;
  std::atomic<bool> can_expire_all_ = false;
};

}  // namespace wsfs
