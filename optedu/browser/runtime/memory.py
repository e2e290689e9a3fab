"""The allocator of a module: lists of free blocks by powers of two, over one growing heap.

A block begins with a header that names its list, so that it can be given back without its size.
What a page keeps (a problem's data, the columns of a run) lies below `base`; everything above is
dropped before the next run.
"""

from __future__ import annotations

from optedu.browser.compiler.words import (
    PAGE,
    destroy_items,
    get_base,
    get_fuel,
    get_most,
    get_top,
    lists,
    load,
    load_pointer,
    memory_grow,
    memory_size,
    pointer_size,
    put_base,
    put_fuel,
    put_most,
    put_top,
    store,
    store_pointer,
)
from optedu.protocol import portable

HEADER = 16
SMALLEST = 5
"""The smallest block has 2^5 bytes: a header, and room for the link of a free block."""

IS_LIST = 8
"""Where Numba's description of allocated memory, which begins with the count of references, says
whether entries lie elsewhere. Behind it, in pointers: a list's destructor, the entries' address."""


@portable
def destructor_of(info):
    """Return where a description holds the list's destructor."""
    return info + IS_LIST + pointer_size()


@portable
def data_of(info):
    """Return where a description holds the entries' address."""
    return info + IS_LIST + 2 * pointer_size()


@portable
def description():
    """Return the size of a description, a multiple of 16."""
    return 16 + 4 * pointer_size()


def begin(base, most):
    """Say where the heap begins and how far the memory may grow."""
    put_base(base)
    put_top(base)
    put_most(most)
    return 0


def reset(fuel):
    """Drop everything above the base, and say how much may be spent from now on."""
    heads = lists()
    for k in range(64):
        store(heads + 8 * k, 0)
    put_top(get_base())
    put_fuel(fuel)
    return 0


def keep(size):
    """Return the address of memory that no reset drops, 0 when there is none left."""
    address = (get_base() + HEADER - 1) // HEADER * HEADER
    if not reach(address + size):
        return 0
    put_base(address + size)
    put_top(address + size)
    return address


@portable
def reach(end):
    """Grow the memory up to an address; return whether it is there."""
    if end > get_most():
        return False
    missing = end - memory_size()
    return missing <= 0 or memory_grow(missing // PAGE + 1) >= 0


@portable
def allocate(size):
    """Return the address of a block with room for `size` bytes, 0 when there is none left."""
    fuel = get_fuel() - 1
    put_fuel(fuel)
    if fuel < 0 or size < 0:
        return 0
    k = SMALLEST
    while (1 << k) < size + HEADER:
        k += 1
    head = lists() + 8 * k
    block = load(head)
    if block != 0:
        store(head, load(block + 8))
    else:
        block = (get_top() + HEADER - 1) // HEADER * HEADER
        if not reach(block + (1 << k)):
            return 0
        put_top(block + (1 << k))
    store(block, k)
    return block + HEADER


@portable
def release(address):
    """Put a block back on its list."""
    block = address - HEADER
    head = lists() + 8 * load(block)
    store(block + 8, load(head))
    store(head, block)


def allocate_array(size, align):
    """Return a described block with one reference, as Numba's arrays expect it."""
    return allocate_plain_array(size)


@portable
def allocate_plain_array(size):
    """Return a described block; every block is aligned enough for doubles."""
    info = allocate(size + description())
    if info != 0:
        store(info, 1)
        store_pointer(info + IS_LIST, 0)
        store_pointer(data_of(info), info + description())
    return info


def allocate_list(size, destructor):
    """Return a description whose entries lie in a block of their own, which may move."""
    info, data = allocate(description()), allocate(size)
    if info == 0 or data == 0:
        return 0
    store(info, 1)
    store_pointer(info + IS_LIST, 1)
    store_pointer(destructor_of(info), destructor)
    store_pointer(data_of(info), data)
    return info


def allocate_entries(info, size):
    """Return a new block for a list's entries; the old one is freed by Numba."""
    data = allocate(size)
    store_pointer(data_of(info), data)
    return data


def move_entries(info, size):
    """Return a block of another size that holds a list's entries."""
    old = load_pointer(data_of(info))
    data = allocate(size)
    if data != 0:
        for i in range(0, min(size, (1 << load(old - HEADER)) - HEADER), 8):
            store(data + i, load(old + i))
        release(old)
        store_pointer(data_of(info), data)
    return data


def free_entries(info, data):
    """Free a list's former block."""
    release(data)


def destroy(info):
    """Free an array or a list to which nothing refers any more."""
    if load_pointer(info + IS_LIST) != 0:
        data, destructor = load_pointer(data_of(info)), load_pointer(destructor_of(info))
        if destructor != 0:
            destroy_items(destructor, data)
        release(data)
    release(info)
