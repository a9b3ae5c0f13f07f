#include "core/fs/filesystem_impl.h"

namespace wsfs {

// The service tells no quota: what limits a user is this machine's disk.
Result<VolumeStat> FilesystemImpl::StatVolume() {
  WSFS_TRY(const DiskSpace space, ledger_.store().Space());
  VolumeStat stat;
  stat.total_bytes = space.total_bytes;
  stat.free_bytes = space.free_bytes;
  stat.nodes = ledger_.Read([](const Catalogue& catalogue) {
    return std::uint64_t{catalogue.node_count()};
  });
  return stat;
}

}  // namespace wsfs
