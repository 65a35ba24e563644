import NomoriCommands

NomoriCommand.start()
