import { Injectable } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import type { Socket } from "socket.io";
import { Repository } from "typeorm";

import { User } from "./user.entity";

interface Session {
  socket: Socket;
  user: User;
}

/** Who is connected. Its costs and its faults are the original's: they are what is measured. */
@Injectable()
export class SessionsService {
  private readonly sessions: Record<string, Session> = {};

  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  async add(socket: Socket, userId: string): Promise<void> {
    const user = await this.users.findOneBy({ id: userId });
    if (!user) throw new Error(`there is no user ${userId}`);
    if (!user.isActive) throw new Error(`user ${userId} is inactive`);
    this.endOlderSession(user);
    this.sessions[socket.id] = { socket, user };
  }

  remove(socketId: string): void {
    delete this.sessions[socketId];
  }

  socketIds(): string[] {
    return Object.keys(this.sessions);
  }

  /** Throws for a socket that is not registered (yet), as the original does. */
  fullNameOf(socketId: string): string {
    return this.sessions[socketId].user.fullName;
  }

  /** Looks at everyone, since nothing leads from a user to its socket. */
  private endOlderSession(user: User): void {
    for (const socketId of this.socketIds()) {
      const session = this.sessions[socketId];
      if (session.user.id !== user.id) continue;
      session.socket.disconnect();
      return;
    }
  }
}
