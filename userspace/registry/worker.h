// SPDX-License-Identifier: Apache-2.0
// RegistryWorker: the registry client on a thread of its own, so that SQL
// delays neither a probe nor a verdict.
//
// Theory of operation. The ring's thread submits one request at a time and
// learns of its reply through an eventfd that its io_uring watches. Before a
// verdict (ServerDelete with reason dead) is carried out, the worker makes sure
// that the registry answers now: when it had to connect first, or when a ping
// took longer than `fresh_contact`, it replies Revalidate instead, for the
// world may have changed while it waited. A slow ping sends the same verdict back
// once only: a registry slower than that would else never hear one. A verdict
// withdrawn in the meantime is not carried out either.
//
// While nothing is asked of it, it goes back to an earlier endpoint when that is due; a
// request that comes just then waits for limits::endpoint_return_timeout at most.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/delay_histogram.h"
#include "core/endpoints.h"
#include "core/limits.h"
#include "core/registry_messages.h"
#include "core/registry_url.h"
#include "core/time.h"

namespace buddyring {

class RegistryWorker {
 public:
  struct Options {
    std::vector<RegistryUrl> urls;  // as RegistryClient has them
    std::string password;
    std::string tls_ca{};  // as RegistryClient has it
    std::string pool;
    Duration fresh_contact;  // usually one probe interval; at first
  };
  // Starts the thread. Throws StartupError when it or the eventfd cannot be had.
  explicit RegistryWorker(Options options);
  // Waits for the request under way: about limits::registry_connect_timeout to
  // connect and limits::registry_query_timeout for the answer at most.
  ~RegistryWorker();
  RegistryWorker(const RegistryWorker&) = delete;
  RegistryWorker& operator=(const RegistryWorker&) = delete;

  // How old a contact may be for a verdict, from the next one on.
  void set_fresh_contact(Duration age);

  // Readable when a reply is there; read 8 bytes from it, then call take_reply.
  [[nodiscard]] int event_fd() const;
  // REQUIRES no request under way.
  void submit(RegistryRequest request);
  // The request under way, if still waiting, comes back as Revalidate.
  void withdraw();
  // The reply to the last request, once. Ends the request.
  [[nodiscard]] std::optional<RegistryReply> take_reply();

  // Of the endpoints, in their order, as the last request or way back left them.
  struct Endpoint {
    EndpointState state = EndpointState::unknown;
    uint32_t failures = 0;
  };
  using EndpointList = std::array<Endpoint, limits::registry_endpoints_max>;
  [[nodiscard]] EndpointList endpoints() const;
  // How long each request took so far, whatever came of it, from when the worker took it up
  // to its reply: connecting anew, and waiting for others, is in it.
  [[nodiscard]] buddyring_delay_histogram calls() const;

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace buddyring
