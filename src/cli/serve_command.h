#pragma once

#include "cli/io.h"
#include "server/local_server.h"

namespace wsfs {

struct ServeArguments {
  ServeOptions options;
  bool list_switches = false;
};

/// `wsfs serve`: a workspace on this machine, until a signal.
int ServeCommand(const ServeArguments& arguments, const Io& io);

}  // namespace wsfs
