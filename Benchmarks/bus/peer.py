"""modpoll, told to read the same points with the same blocks."""

TABLES = {"holding": "holding_register", "input": "input_register", "coil": "coil",
          "discrete": "discrete_input"}


def configuration(devices, line):
    """A modpoll file; a reference a register, so that decoding costs no more than it must."""
    rows = []
    for device in devices:
        rows.append(f"device,{device.id},{device.unit},,")
        for table, start, count in device.least(line)[1]:
            rows.append(f"poll,{TABLES[table]},{start},{count},BE_BE")
            kind = "bool" if table in ("coil", "discrete") else "uint16"
            rows += [f"ref,{table}{address},{address},{kind},r"
                     for field, address, _ in device.fields
                     if field == table and start <= address < start + count]
    return "\n".join(rows) + "\n"
