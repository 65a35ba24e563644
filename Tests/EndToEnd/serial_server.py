"""A serial server as pymodbus knows it: RTU frames over TCP, in front of a pressure probe.

    serial_server.py PORT

Unit 1 has the registers of keller/36xiw: 0.9607 bar of pressure, 22.72 degrees, and a good status.
Other units are not there. It prints "ready" once it listens.
"""

import asyncio
import struct
import sys

from pymodbus import FramerType
from pymodbus.datastore import (
    ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext)
from pymodbus.server import ModbusTcpServer

registers = [0] * 0x300


def put(address, value):
    registers[address:address + 2] = struct.unpack(">HH", struct.pack(">f", value))


put(0x0100, 0.9607)
put(0x0102, 22.72)
# The block counts from 1 as the protocol does from 0; without all four tables none is taken.
block = ModbusSequentialDataBlock(1, registers)
unit = ModbusSlaveContext(di=block, co=block, ir=block, hr=block)


async def serve():
    server = ModbusTcpServer(
        ModbusServerContext(slaves={1: unit}, single=False), framer=FramerType.RTU,
        address=("127.0.0.1", int(sys.argv[1])))
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())
