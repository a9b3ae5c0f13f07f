#include "base/host_fs.h"
