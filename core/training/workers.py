"""Several processes that train one network, as `torchrun` starts them."""

import os
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True, slots=True)
class Workers:
    """This process among those that train together; alone by default."""

    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process judges, saves and reports."""
        return self.rank == 0

    @torch.no_grad()
    def average_gradients(self, network: nn.Module) -> None:
        """Replace every gradient by its mean over all processes."""
        if self.world > 1:
            for parameter in network.parameters():
                if parameter.grad is not None:
                    torch.distributed.all_reduce(parameter.grad)
                    parameter.grad /= self.world

    @torch.no_grad()
    def align(self, network: nn.Module) -> None:
        """Give every process the weights and statistics of the first."""
        if self.world > 1:
            for tensor in network.state_dict().values():
                torch.distributed.broadcast(tensor, src=0)


def join_workers(device: str) -> Workers:
    """Join the processes that `torchrun` started, if it did; call once, before the network is placed."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Workers()
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    if device.startswith("cuda"):
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return Workers(torch.distributed.get_rank(), world)
