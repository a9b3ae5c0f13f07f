#include "base/thread.h"

#include <utility>

#include <pthread.h>

namespace wsfs {

Thread::Thread(const std::string& name, std::function<void()> body)
    : thread_([short_name = name.substr(0, 15), run = std::move(body)] {
        ::pthread_setname_np(::pthread_self(), short_name.c_str());
        run();
      }) {}

}  // namespace wsfs
