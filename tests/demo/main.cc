// SPDX-License-Identifier: Apache-2.0
// `make demo`: a pool in network namespaces, deaths of several kinds, measured
// and checked. Exits with 0 only when everything it showed was right. With --ipv6
// the servers have IPv6 addresses and no others, and table, router and client are
// reached over IPv6. The last line is "demo: N passed, N failed", of the checks.
#include <cstdio>
#include <exception>
#include <string_view>

#include "demo.h"
#include "tests/lab/lab.h"

int main(int count, char** arguments) {
  using namespace buddyring;
  const bool is_v6 = count == 2 && std::string_view(arguments[1]) == "--ipv6";
  if (count > 1 && !is_v6) {
    std::fprintf(stderr, "Usage: demo [--ipv6]\n");
    return 2;
  }
  const demo::Screen screen;
  try {
    screen.title("Buddyring: who is dead in a pool of servers that watch each other");
    std::printf(
        "   %u servers, each in a network namespace, on one bridge%s; a probe every 10 ms, 3 misses are a death.\n"
        "   Times count from the moment of the deed.\n\n",
        demo::Demo::first_servers, is_v6 ? ", IPv6 only" : "");
    lab::Lab lab;
    demo::Demo show(lab, screen, is_v6 ? lab::Family::ipv6 : lab::Family::ipv4);
    show.show_first_ring();
    show.cut_a_link();
    show.kill_two_adjacent();
    show.start_a_server();
    show.stop_a_server();
    show.look_back();
    screen.verdict(show.off() == 0,
                   show.off() == 0 ? "All of it was right." : std::to_string(show.off()) + " checks were off.");
    std::printf("demo: %u passed, %u failed\n", show.checks() - show.off(), show.off());
    return show.off() == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "demo: %s\n", error.what());
    return 1;
  }
}
